// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/**
 * The meter that is used, or why there is none.
 *
 * @param meter the meter; one that measures nothing where there is none
 * @param reason why there is none; empty if there is one
 * @param fix what would help; empty if there is one
 */
public record MeterChoice(EnergyMeter meter, String reason, String fix) {

    /** For people: what the meter covers, or why there is none. */
    public String describe() {
        return meter.measures() ? meter.describe() : "none: " + reason;
    }
}
