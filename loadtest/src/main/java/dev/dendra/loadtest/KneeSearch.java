// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the knee: the largest rate of arrivals at which a given share of the requests still meets the objectives. The
 * rate is doubled while that is so, or halved until it is, and then the interval is cut in its geometric middle.
 *
 * @param share of requests that has to meet the objectives, 0 to 1
 */
record KneeSearch(double share) {

    /** How many times larger than the knee the next rate that failed may be. */
    static final double RESOLUTION = 1.1;

    private static final int MOST_DOUBLINGS = 10;

    /** Measures one rate. */
    interface Measurement {

        LevelResult at(double rate) throws InterruptedException;
    }

    /**
     * What was found.
     *
     * @param levels all that were measured, by rate
     * @param knee the largest rate that passed, if any
     * @param isBounded whether a larger rate failed; else the knee may lie higher
     */
    record Result(List<LevelResult> levels, Optional<Double> knee, boolean isBounded) {

        Result {
            levels = List.copyOf(levels);
        }
    }

    /**
     * Measures rates until the knee is known.
     *
     * @param start the first rate
     */
    Result search(double start, Measurement measurement) throws InterruptedException {
        List<LevelResult> levels = new ArrayList<>();
        double passed = 0;
        double failed = Double.POSITIVE_INFINITY;
        double rate = start;
        for (int i = 0; i <= MOST_DOUBLINGS && (passed == 0 || Double.isInfinite(failed)); i++) {
            if (passes(measured(rate, measurement, levels))) {
                passed = rate;
                rate *= 2;
            } else {
                failed = rate;
                rate /= 2;
            }
        }
        while (passed > 0 && !Double.isInfinite(failed) && failed / passed > RESOLUTION) {
            double middle = Math.sqrt(passed * failed);
            if (passes(measured(middle, measurement, levels))) {
                passed = middle;
            } else {
                failed = middle;
            }
        }
        return result(levels, passed, !Double.isInfinite(failed));
    }

    /** The knee among rates that were measured anyway: the last before the first that fails. */
    Result among(List<LevelResult> levels) {
        double passed = 0;
        boolean isBounded = false;
        for (LevelResult level : sorted(levels)) {
            if (!passes(level)) {
                isBounded = true;
                break;
            }
            passed = level.shape().level();
        }
        return result(levels, passed, isBounded);
    }

    private boolean passes(LevelResult level) {
        return level.isValid()
                && level.goodput().filter(goodput -> goodput.share() >= share).isPresent();
    }

    private static LevelResult measured(double rate, Measurement measurement, List<LevelResult> levels)
            throws InterruptedException {
        LevelResult level = measurement.at(rate);
        levels.add(level);
        return level;
    }

    private static Result result(List<LevelResult> levels, double passed, boolean isBounded) {
        return new Result(sorted(levels), passed > 0 ? Optional.of(passed) : Optional.empty(), isBounded);
    }

    private static List<LevelResult> sorted(List<LevelResult> levels) {
        return levels.stream()
                .sorted(Comparator.comparingDouble(level -> level.shape().level()))
                .toList();
    }
}
