// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/**
 * Whether energy can be measured here.
 *
 * @param available whether a meter would work
 * @param detail the meter and what it covers, or the reason why there is none; fit to be shown to a user
 */
public record MeterAvailability(boolean available, String detail) {}
