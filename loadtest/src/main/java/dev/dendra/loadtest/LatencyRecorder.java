// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import org.HdrHistogram.Histogram;

/** Collects latencies; its percentiles are within a thousandth of the exact ones, or a microsecond. */
final class LatencyRecorder {

    private static final int SIGNIFICANT_DIGITS = 3;
    private static final double MICROSECONDS_PER_MILLISECOND = 1e3;

    private final Histogram microseconds = new Histogram(SIGNIFICANT_DIGITS);

    void record(long nanoseconds) {
        // Rounded, not cut off.
        microseconds.recordValue(Math.max(0, (nanoseconds + 500) / 1000));
    }

    LatencySummary summary() {
        long count = microseconds.getTotalCount();
        if (count == 0) {
            return new LatencySummary(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
        }
        return new LatencySummary(
                count,
                microseconds.getMean() / MICROSECONDS_PER_MILLISECOND,
                percentile(50),
                percentile(90),
                percentile(95),
                percentile(99),
                percentile(100));
    }

    /** In milliseconds, NaN where nothing was recorded. */
    double percentile(double percentile) {
        return microseconds.getTotalCount() == 0
                ? Double.NaN
                : microseconds.getValueAtPercentile(percentile) / MICROSECONDS_PER_MILLISECOND;
    }
}
