// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.Tuning;

/**
 * A number of rows from which something is done, and how it was found.
 *
 * @param name under which it is kept
 * @param what is done, for people
 * @param rows or {@link Tuning#NEVER}
 */
record Threshold(String name, String what, int rows, Origin origin) {

    enum Origin {
        MEASURED("measured"),
        RECALLED("measured at an earlier start"),
        OUT_OF_TIME("built in: not measured within " + TileTuning.BUDGET_NANOS / 1_000_000 + " ms"),
        NOT_KEPT("built in: a measured one would change results from start to start, since nothing keeps it");

        private final String text;

        Origin(String text) {
            this.text = text;
        }
    }

    /** The same with the number of rows that is built in, for that reason. */
    Threshold builtIn(int builtInRows, Origin reason) {
        return new Threshold(name, what, builtInRows, reason);
    }

    /** For people: {@code tiles for i8 x i16, K 576, from 5 rows (measured)}. */
    @Override
    public String toString() {
        return what + (rows == Tuning.NEVER ? " never" : " from " + rows + " rows") + " (" + origin.text + ")";
    }
}
