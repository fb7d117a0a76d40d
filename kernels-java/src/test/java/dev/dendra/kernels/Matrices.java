// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.fail;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Comparisons and copies of activations. */
final class Matrices {

    private Matrices() {}

    /** Fails unless the same bits, where zeros of either sign are one and so are all NaN. */
    static void assertSame(String label, FloatMatrix expected, FloatMatrix actual, int rows, int columns) {
        for (int m = 0; m < rows; m++) {
            assertSameRow(label, expected, m, actual, m, 0, columns);
        }
    }

    /** The same for one row and some columns. */
    static void assertSameRow(
            String label,
            FloatMatrix expected,
            int expectedRow,
            FloatMatrix actual,
            int actualRow,
            int columnFrom,
            int columnTo) {
        for (int n = columnFrom; n < columnTo; n++) {
            float want = expected.get(expectedRow, n);
            float got = actual.get(actualRow, n);
            if (want != got && !(Float.isNaN(want) && Float.isNaN(got))) {
                fail(label + ": at [" + actualRow + ", " + n + "] expected " + want + ", got " + got);
            }
        }
    }

    /** Fails unless {@code actual} is within {@code bound} of {@code expected}; NaN and infinities must match. */
    static void assertNear(String label, double expected, float actual, double bound) {
        float rounded = (float) expected;
        boolean same =
                Float.isFinite(rounded) ? Math.abs(expected - actual) <= bound : Float.compare(rounded, actual) == 0;
        if (!same) {
            fail(label + ": expected " + expected + " within " + bound + ", got " + actual);
        }
    }

    /** The same rows again, stride included. */
    static FloatMatrix copy(Arena arena, FloatMatrix matrix) {
        FloatMatrix copy = FloatMatrix.allocate(arena, matrix.rows(), matrix.columns());
        for (int m = 0; m < matrix.rows(); m++) {
            copyRow(matrix, m, copy, m);
        }
        return copy;
    }

    /** Copies the columns in use. */
    static void copyRow(FloatMatrix from, int fromRow, FloatMatrix to, int toRow) {
        MemorySegment.copy(
                from.segment(),
                from.offset(fromRow, 0),
                to.segment(),
                to.offset(toRow, 0),
                (long) from.columns() * Float.BYTES);
    }
}
