// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One direction of a chart.
 *
 * @param max largest value, a multiple of {@code step}; the smallest is 0
 * @param step between marks
 */
record Axis(double max, double step) {

    private static final int MARKS = 5;

    /** Rounds up to a few marks at 1, 2 or 5 times a power of ten. */
    static Axis upTo(double largest) {
        if (!(largest > 0) || Double.isInfinite(largest)) {
            return new Axis(1, 0.5);
        }
        double decade = Math.pow(10, Math.floor(Math.log10(largest / MARKS)));
        double step = decade;
        for (int factor : new int[] {1, 2, 5, 10}) {
            step = decade * factor;
            if (largest / step <= MARKS) {
                break;
            }
        }
        return new Axis(Math.ceil(largest / step) * step, step);
    }

    List<Double> marks() {
        List<Double> marks = new ArrayList<>();
        for (int i = 0; i * step <= max * 1.0001; i++) {
            marks.add(i * step);
        }
        return marks;
    }

    /** As short as the step allows. */
    String text(double value) {
        int digits = (int) Math.clamp(-Math.floor(Math.log10(step)), 0, 6);
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
