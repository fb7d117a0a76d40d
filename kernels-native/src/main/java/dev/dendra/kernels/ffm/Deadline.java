// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import java.util.function.LongSupplier;

/**
 * A point in time.
 *
 * @param clock nanoseconds, as {@link System#nanoTime}
 * @param end of the same clock
 */
record Deadline(LongSupplier clock, long end) {

    static Deadline in(LongSupplier clock, long nanos) {
        return new Deadline(clock, clock.getAsLong() + nanos);
    }

    boolean isOver() {
        return clock.getAsLong() - end >= 0;
    }

    /** Halfway from now. */
    Deadline half() {
        long now = clock.getAsLong();
        return new Deadline(clock, now + (end - now) / 2);
    }
}
