// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Joules of a piece of work that nothing else runs beside, as in a benchmark. It reads the meter at the beginning and at
 * the end only, so the work has to be long against the meter's pace and short against the time in which a counter comes round,
 * minutes for RAPL. For one thread.
 */
public final class EnergyStopwatch {
    /** RAPL's counters move once a millisecond: from here on that is a percent. */
    private static final long SHORTEST_NANOS = Duration.ofMillis(100).toNanos();

    /** Less than the wrap of any RAPL counter at the power that sockets take. */
    private static final long LONGEST_NANOS = Duration.ofSeconds(100).toNanos();

    private final EnergyMeter meter;
    private final LongSupplier clock;
    private long startNanos;
    private double startJoules;

    /** With a clock of nanoseconds. */
    EnergyStopwatch(EnergyMeter meter, LongSupplier clock) {
        this.meter = meter;
        this.clock = clock;
    }

    /** By the system's clock. */
    public static EnergyStopwatch of(EnergyMeter meter) {
        return new EnergyStopwatch(meter, System::nanoTime);
    }

    /** One that measures nothing. */
    public static EnergyStopwatch none() {
        return of(EnergyMeter.none());
    }

    /** The work begins. */
    public void start() {
        startNanos = clock.getAsLong();
        meter.sample(startNanos);
        startJoules = meter.attributedJoules();
    }

    /**
     * The work has ended.
     *
     * @return joules since {@link #start()}; empty without a meter, after a failed reading, and for work that was shorter or
     *     longer than the meter is good for
     */
    public OptionalDouble stop() {
        long now = clock.getAsLong();
        boolean whole = meter.sample(now);
        long nanos = now - startNanos;
        boolean meaningful = meter.measures() && whole && nanos >= SHORTEST_NANOS && nanos <= LONGEST_NANOS;
        return meaningful ? OptionalDouble.of(meter.attributedJoules() - startJoules) : OptionalDouble.empty();
    }
}
