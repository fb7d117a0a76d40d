// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.Collection;
import java.util.function.ToDoubleFunction;

/** The middle of several rounds. */
final class Medians {

    private Medians() {}

    /** The median of a figure, NaN where no round has it; the mean of the middle two of an even number. */
    static <T> double of(Collection<T> rounds, ToDoubleFunction<T> figure) {
        double[] sorted = rounds.stream()
                .mapToDouble(figure)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
