// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounding of activations to int8: the same bits everywhere. */
interface QuantizeRowsContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void quantizeRowsEqualsTheReference(Values values) {
        for (int columns : new int[] {1, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 576}) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("quantizeRows %s K=%d", values, columns);
                FloatMatrix x = cases.matrix(7, columns, values);
                GuardedCodes expected = new GuardedCodes(arena, 7, columns);
                GuardedCodes actual = new GuardedCodes(arena, 7, columns);
                REFERENCE.quantizeRows(x, expected.matrix(), 1, 6);
                kernels().quantizeRows(x, actual.matrix(), 1, 6);
                actual.assertOnlyRowsWritten(label, 1, 6);
                actual.assertEqual(label, expected);
            }
        }
    }

    @Test
    default void quantizeRowsIsWithinHalfAStep() {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            FloatMatrix x = cases.matrix(5, 200, Values.ORDINARY);
            QuantizedMatrix y = QuantizedMatrix.allocate(arena, 5, 200);
            kernels().quantizeRows(x, y, 0, 5);
            for (int m = 0; m < 5; m++) {
                float rowScale = y.rowScales().getAtIndex(ValueLayout.JAVA_FLOAT, m);
                for (int k = 0; k < 200; k++) {
                    long code = (long) m * y.stride() + k;
                    float groupScale = y.groupScales().getAtIndex(ValueLayout.JAVA_FLOAT, code / 32);
                    assertHalfAStep(cases.label("group"), x.get(m, k), y.groupCodes(), code, groupScale);
                    assertHalfAStep(cases.label("row"), x.get(m, k), y.rowCodes(), code, rowScale);
                }
            }
        }
    }

    @Test
    default void quantizeRowsTreatsNanAsZeroAndInfinityAsInfiniteScale() {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, 96);
            x.set(0, 0, Float.NaN);
            x.set(0, 1, 2);
            x.set(0, 33, Float.NEGATIVE_INFINITY);
            x.set(0, 34, 5);
            QuantizedMatrix y = QuantizedMatrix.allocate(arena, 1, 96);
            kernels().quantizeRows(x, y, 0, 1);
            assertEquals(0, y.groupCodes().get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(127, y.groupCodes().get(ValueLayout.JAVA_BYTE, 1));
            assertEquals(2f / 127, y.groupScales().getAtIndex(ValueLayout.JAVA_FLOAT, 0));
            assertEquals(0, y.groupCodes().get(ValueLayout.JAVA_BYTE, 33));
            assertEquals(0, y.groupCodes().get(ValueLayout.JAVA_BYTE, 34));
            assertEquals(Float.POSITIVE_INFINITY, y.groupScales().getAtIndex(ValueLayout.JAVA_FLOAT, 1));
            assertEquals(0, y.groupScales().getAtIndex(ValueLayout.JAVA_FLOAT, 2));
            assertEquals(Float.POSITIVE_INFINITY, y.rowScales().getAtIndex(ValueLayout.JAVA_FLOAT, 0));
            assertEquals(0, y.rowCodes().get(ValueLayout.JAVA_BYTE, 1));
        }
    }

    private static void assertHalfAStep(String label, float value, MemorySegment codes, long code, float scale) {
        float restored = codes.get(ValueLayout.JAVA_BYTE, code) * scale;
        assertTrue(
                Math.abs(value - restored) <= scale * 0.50001,
                () -> label + ": " + value + " became " + restored + " with scale " + scale);
    }

    /** A quantised matrix each part of which lies between canaries. */
    final class GuardedCodes {
        private final QuantizedMatrix matrix;
        private final Guarded groupCodes;
        private final Guarded groupScales;
        private final Guarded groupSums;
        private final Guarded rowCodes;
        private final Guarded rowScales;

        GuardedCodes(Arena arena, int rows, int columns) {
            int stride = PanelLayout.paddedColumns(columns);
            long codes = (long) rows * stride;
            groupCodes = Guarded.zeros(arena, codes);
            groupScales = Guarded.zeros(arena, codes / 8);
            groupSums = Guarded.zeros(arena, codes / 8);
            rowCodes = Guarded.zeros(arena, codes);
            rowScales = Guarded.zeros(arena, rows * 4L);
            matrix = new QuantizedMatrix(
                    rows,
                    columns,
                    stride,
                    groupCodes.segment(),
                    groupScales.segment(),
                    groupSums.segment(),
                    rowCodes.segment(),
                    rowScales.segment());
        }

        QuantizedMatrix matrix() {
            return matrix;
        }

        void assertOnlyRowsWritten(String label, int rowFrom, int rowTo) {
            assertRows(label + ", group codes", groupCodes, matrix.stride(), rowFrom, rowTo);
            assertRows(label + ", group scales", groupScales, matrix.stride() / 8, rowFrom, rowTo);
            assertRows(label + ", group sums", groupSums, matrix.stride() / 8, rowFrom, rowTo);
            assertRows(label + ", row codes", rowCodes, matrix.stride(), rowFrom, rowTo);
            assertRows(label + ", row scales", rowScales, 4, rowFrom, rowTo);
        }

        /** Padding included, which has to be zero. */
        void assertEqual(String label, GuardedCodes expected) {
            assertBytes(label + ", group codes", expected.groupCodes, groupCodes);
            assertBytes(label + ", group scales", expected.groupScales, groupScales);
            assertBytes(label + ", group sums", expected.groupSums, groupSums);
            assertBytes(label + ", row codes", expected.rowCodes, rowCodes);
            assertBytes(label + ", row scales", expected.rowScales, rowScales);
        }

        private static void assertRows(String label, Guarded part, int rowBytes, int rowFrom, int rowTo) {
            part.assertUntouchedExcept(
                    label, offset -> offset >= (long) rowFrom * rowBytes && offset < (long) rowTo * rowBytes);
        }

        private static void assertBytes(String label, Guarded expected, Guarded actual) {
            assertEquals(-1, expected.segment().mismatch(actual.segment()), () -> label + ": first difference");
        }
    }
}
