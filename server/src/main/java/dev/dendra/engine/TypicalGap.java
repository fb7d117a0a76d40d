// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * The median time between two tokens of a stream, over the streams of late: follows it by small steps, up where a gap was
 * longer and down where it was shorter (Robbins and Monro 1951, for the quantile 1/2). Scheduler thread.
 */
final class TypicalGap {
    /** How far a gap moves the median at most, as a share of it: some 170 steps double it, so a burst passes before. */
    private static final double PACE = 0.004;

    /** Streams from which on a step moves it by {@link #PACE}; it counts less with fewer. */
    private static final double MANY_STREAMS = 8;

    private double median;

    /** Notes a step after which {@code streams} streams had a token. */
    void measured(int streams, double seconds) {
        if (median == 0) {
            median = seconds;
            return;
        }
        double pace = PACE * Math.min(1, streams / MANY_STREAMS);
        median *= seconds > median ? 1 + pace : 1 - pace;
    }

    /** In seconds; 0 before anything has been measured. */
    double seconds() {
        return median;
    }
}
