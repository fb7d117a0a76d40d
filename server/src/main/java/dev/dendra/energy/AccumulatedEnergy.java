// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;

/**
 * A counter that only grows, and may begin at 0 again when it is full. That it was full twice between two readings does
 * not show, so it has to be read far more often: RAPL's takes minutes.
 */
final class AccumulatedEnergy implements EnergyCounter {
    /** For counters that are never full. */
    static final long ENDLESS = 0;

    /** Some counters move in steps of a whole joule, others late. */
    private static final double SLACK_JOULES = 10;

    private final CounterReader reader;
    private final long range;
    private final double joulesPerUnit;
    private final double mostWatts;
    private boolean begun;
    private long value;
    private long readNanos;

    /**
     * A counter that was not read yet.
     *
     * @param range largest value before 0 comes again, or {@link #ENDLESS}
     * @param joulesPerUnit what one count stands for
     * @param mostWatts no domain of this kind takes more
     */
    AccumulatedEnergy(CounterReader reader, long range, double joulesPerUnit, double mostWatts) {
        this.reader = reader;
        this.range = range;
        this.joulesPerUnit = joulesPerUnit;
        this.mostWatts = mostWatts;
    }

    @Override
    public double advance(long nanos) throws IOException {
        long before = value;
        double seconds = (nanos - readNanos) * 1e-9;
        boolean continues = begun;
        begun = false;
        long now = reader.read();
        if (now < 0 || (range != ENDLESS && now > range)) {
            throw new ImplausibleReadingException(now + " is outside the counter's range of " + range);
        }
        double joules = continues ? units(before, now) * joulesPerUnit : 0;
        if (joules > mostWatts * seconds + SLACK_JOULES) {
            throw new ImplausibleReadingException(joules + " J in " + seconds + " s");
        }
        value = now;
        readNanos = nanos;
        begun = true;
        return joules;
    }

    private long units(long before, long now) throws ImplausibleReadingException {
        if (now >= before) {
            return now - before;
        }
        if (range == ENDLESS) {
            throw new ImplausibleReadingException("the counter went back from " + before + " to " + now);
        }
        return range - before + now;
    }
}
