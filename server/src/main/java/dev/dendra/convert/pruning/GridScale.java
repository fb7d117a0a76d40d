// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Optional;

/**
 * Finds the scale of weights that lie on a grid already: whole multiples of one number, each multiple a code. Such weights
 * come from training with the encoding in the loop; a scale that was chosen afresh, by the least error or by the largest
 * magnitude, could move their codes.
 *
 * <p>The weight of largest magnitude is taken for each code in turn that it may be, the largest first and scales above zero
 * before those below, until all others are multiples too.
 */
final class GridScale {
    /**
     * How far a multiple may be off, as a share of itself: first what products in single precision leave of it, then what is
     * left where weights or scales were rounded to half precision.
     */
    private static final double[] TOLERANCES = {0x1p-21, 0x1p-9};

    private final ScaleChoice choice;

    GridScale(ScaleChoice choice) {
        this.choice = choice;
    }

    /**
     * The scale of live weights in {@code from .. to}, which gives each back as nearly as it can; nothing if they lie on no
     * grid.
     *
     * @param name of the tensor, for messages
     */
    Optional<Float> find(String name, double[] values, boolean[] live, int from, int to) {
        double extreme = ScaleChoice.extreme(values, live, from, to);
        if (extreme == 0) {
            return Optional.of(0f);
        }
        int sign = extreme > 0 ? 1 : -1;
        int likeSign = extreme > 0 ? choice.largest() : -choice.least();
        int otherSign = extreme > 0 ? -choice.least() : choice.largest();
        for (double tolerance : TOLERANCES) {
            for (int magnitude = likeSign; magnitude > 0; magnitude--) {
                double step = extreme / (sign * magnitude);
                if (isGrid(step, tolerance, values, live, from, to)) {
                    return Optional.of(nearest(name, step, values, live, from, to));
                }
            }
            for (int magnitude = otherSign; magnitude > 0; magnitude--) {
                double step = extreme / (-sign * magnitude);
                if (isGrid(step, tolerance, values, live, from, to)) {
                    return Optional.of(nearest(name, step, values, live, from, to));
                }
            }
        }
        return Optional.empty();
    }

    private boolean isGrid(double step, double tolerance, double[] values, boolean[] live, int from, int to) {
        for (int k = from; k < to; k++) {
            if (live[k] && values[k] != 0) {
                double multiple = values[k] / step;
                double code = Math.rint(multiple);
                if (code < choice.least()
                        || code > choice.largest()
                        || Math.abs(multiple - code) > tolerance * Math.abs(code)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Of the number that scales can be and its two neighbours the one with the least error. */
    private float nearest(String name, double step, double[] values, boolean[] live, int from, int to) {
        float best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (float scale : choice.around(name, step)) {
            double error = 0;
            for (int k = from; k < to; k++) {
                if (live[k]) {
                    double difference = values[k] - (float) Math.rint(values[k] / step) * scale;
                    error += difference * difference;
                }
            }
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }
}
