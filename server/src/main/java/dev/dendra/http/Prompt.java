// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

/**
 * A prompt as the engine takes it and as {@code echo} shows it.
 *
 * @param tokens at least one; not to be changed
 * @param text what the client sent, or what the token ids it sent stand for; empty for a conversation, which has no echo
 */
@SuppressWarnings("ArrayRecordComponent") // package-private, and the engine copies the array again
record Prompt(int[] tokens, String text) {}
