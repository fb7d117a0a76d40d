// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/**
 * One request of an open loop.
 *
 * @param offset nanoseconds after the start at which it is due
 * @param prompt what it asks for
 */
record Arrival(long offset, Prompt prompt) {}
