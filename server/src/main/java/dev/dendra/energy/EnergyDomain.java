// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.Locale;

/**
 * A part of the machine whose energy is counted by itself.
 *
 * @param kind what it covers
 * @param socket physical package that it belongs to; 0 for the platform
 * @param meter what counts it: {@code rapl}, {@code psys} or {@code acpi}
 */
public record EnergyDomain(Kind kind, int socket, String meter) {

    /** What a domain covers. */
    public enum Kind {
        /** A processor package: cores, caches, memory controllers. */
        PACKAGE,
        /** The memory of a package, which the package does not cover. */
        DRAM,
        /** The whole machine, or nearly: packages and memory included. */
        PLATFORM;

        /** Name in metrics. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
