// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.time.Duration;

/** What the machine takes when nothing is computed: the mean over about the last minute of such time. */
final class IdlePower {
    private static final double MEMORY_SECONDS = Duration.ofMinutes(1).toSeconds();

    /** Before so much time nothing is said. */
    private static final double LEAST_SECONDS = 1;

    private double joules;
    private double seconds;
    private volatile double watts = Double.NaN;

    /** In idle time of so many seconds so many joules were spent. */
    void learn(double spent, double time) {
        double kept = Math.exp(-time / MEMORY_SECONDS);
        joules = kept * joules + spent;
        seconds = kept * seconds + time;
        if (seconds >= LEAST_SECONDS) {
            watts = joules / seconds;
        }
    }

    /** NaN before it is known. Any thread. */
    double watts() {
        return watts;
    }
}
