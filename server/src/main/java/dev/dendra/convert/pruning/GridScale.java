// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Optional;

/**
 * Finds the scale of weights that lie on a grid already: whole multiples of one number, each multiple a code. Such weights
 * come from training with the encoding in the loop; a scale that was chosen afresh, by the least error or by the largest
 * magnitude, could move their codes.
 *
 * <p>The weight of largest magnitude is taken for each code in turn that it may be, the largest first and scales above zero
 * before those below, until all others are multiples too and a scale gives each back to the last bit. Few weights lie on
 * several grids, of which not all have a step that a scale can be; if none has, it is the finest.
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
     * A scale.
     *
     * @param error sum of squared differences to the weights
     */
    private record Fit(float scale, double error) {}

    /**
     * The scale of live weights in {@code from .. to}, which gives each back as nearly as one can; nothing if they lie on no
     * grid.
     *
     * @param name of the tensor, for messages
     */
    Optional<Float> find(String name, double[] values, boolean[] live, int from, int to) {
        double extreme = ScaleChoice.extreme(values, live, from, to);
        if (extreme == 0) {
            return Optional.of(0f);
        }
        int likeSign = extreme > 0 ? choice.largest() : choice.least();
        int otherSign = extreme > 0 ? choice.least() : choice.largest();
        for (double tolerance : TOLERANCES) {
            Optional<Float> finest = Optional.empty();
            for (int first : new int[] {likeSign, otherSign}) {
                for (int code = first; code != 0; code -= Integer.signum(first)) {
                    double step = extreme / code;
                    if (isGrid(step, tolerance, values, live, from, to)) {
                        Fit fit = fit(name, step, values, live, from, to);
                        if (fit.error() == 0) {
                            return Optional.of(fit.scale());
                        }
                        finest = finest.or(() -> Optional.of(fit.scale()));
                    }
                }
            }
            if (finest.isPresent()) {
                return finest;
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

    /** Of the number nearest to the step that a scale can be, and its two neighbours, the one with the least error. */
    private Fit fit(String name, double step, double[] values, boolean[] live, int from, int to) {
        Fit best = new Fit(0, Double.POSITIVE_INFINITY);
        for (float scale : choice.around(name, step)) {
            double error = 0;
            for (int k = from; k < to; k++) {
                if (live[k]) {
                    double difference = values[k] - (float) Math.rint(values[k] / step) * scale;
                    error += difference * difference;
                }
            }
            best = error < best.error() ? new Fit(scale, error) : best;
        }
        return best;
    }
}
