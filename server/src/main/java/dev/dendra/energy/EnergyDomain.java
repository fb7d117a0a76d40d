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
        PACKAGE(Kind.SOCKET_WATTS),
        /** The memory of a package, which the package does not cover. */
        DRAM(Kind.SOCKET_WATTS),
        /** The whole machine, or nearly: packages and memory included. */
        PLATFORM(20_000);

        /** Processors of today take up to 500 W. */
        private static final double SOCKET_WATTS = 2_000;

        private final double mostWatts;

        Kind(double mostWatts) {
            this.mostWatts = mostWatts;
        }

        /** More than any domain of this kind takes: a meter that says so is wrong. */
        double mostWatts() {
            return mostWatts;
        }

        /** Name in metrics. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
