// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.CodePlane;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounding of activations to int8 and int16: the same bits everywhere. */
interface QuantizeRowsContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void quantizeRowsEqualsTheReference(Values values) {
        for (Rounding rounding : roundings()) {
            for (int columns : new int[] {1, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 576}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    String label = cases.label("quantizeRows %s %s K=%d", rounding, values, columns);
                    FloatMatrix x = cases.matrix(7, columns, values);
                    GuardedCodes expected = new GuardedCodes(arena, rounding, 7, columns);
                    GuardedCodes actual = new GuardedCodes(arena, rounding, 7, columns);
                    REFERENCE.quantizeRows(x, expected.matrix(), 1, 6);
                    kernels().quantizeRows(x, actual.matrix(), 1, 6);
                    actual.assertOnlyRowsWritten(label, 1, 6);
                    actual.assertEqual(label, expected);
                }
            }
        }
    }

    @Test
    default void quantizeRowsIsWithinHalfAStep() {
        for (Rounding rounding : roundings()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                FloatMatrix x = cases.matrix(5, 200, Values.ORDINARY);
                QuantizedMatrix y = rounding.allocate(arena, 5, 200);
                kernels().quantizeRows(x, y, 0, 5);
                for (int m = 0; m < 5; m++) {
                    for (int k = 0; k < 200; k++) {
                        float value = x.get(m, k);
                        float scale = y.scales().getAtIndex(ValueLayout.JAVA_FLOAT, y.scaleIndex(m, k));
                        float restored = Rounding.code(y, m, k) * scale;
                        assertTrue(
                                Math.abs(value - restored) <= scale * 0.502,
                                () -> rounding + ": " + value + " became " + restored + " with scale " + scale);
                    }
                }
            }
        }
    }

    @Test
    default void quantizeRowsTreatsNanAsZeroAndInfinityAsInfiniteScale() {
        for (Rounding rounding : roundings()) {
            try (Arena arena = Arena.ofConfined()) {
                FloatMatrix x = FloatMatrix.allocate(arena, 2, 96);
                x.set(0, 0, Float.NaN);
                x.set(0, 1, 2);
                x.set(1, 33, Float.NEGATIVE_INFINITY);
                x.set(1, 34, 5);
                QuantizedMatrix y = rounding.allocate(arena, 2, 96);
                kernels().quantizeRows(x, y, 0, 2);
                assertEquals(0, Rounding.code(y, 0, 0));
                assertEquals(rounding.largestCode(), Rounding.code(y, 0, 1));
                assertEquals(
                        2f / rounding.largestCode(), y.scales().getAtIndex(ValueLayout.JAVA_FLOAT, y.scaleIndex(0, 0)));
                assertEquals(0, Rounding.code(y, 1, 33));
                assertEquals(0, Rounding.code(y, 1, 34));
                assertEquals(
                        Float.POSITIVE_INFINITY, y.scales().getAtIndex(ValueLayout.JAVA_FLOAT, y.scaleIndex(1, 33)));
            }
        }
    }

    /** The planes of int16 are what int8 kernels can take: both are signed bytes, and the high one has no -128. */
    @Test
    default void quantizeRowsSplitsInt16IntoSignedBytes() {
        if (!kernels().activationPrecisions().contains(ActivationPrecision.I16)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, 64);
            for (int k = 0; k < 64; k++) {
                x.set(0, k, k % 2 == 0 ? -32512 + k : 32512 - k);
            }
            QuantizedMatrix y = new Rounding(ActivationPrecision.I16, 0).allocate(arena, 1, 64);
            kernels().quantizeRows(x, y, 0, 1);
            for (int k = 0; k < 64; k++) {
                assertEquals(x.get(0, k), Rounding.code(y, 0, k));
                assertTrue(y.plane().codes().get(ValueLayout.JAVA_BYTE, k) > Byte.MIN_VALUE);
            }
        }
    }

    /** A quantised matrix each part of which lies between canaries. */
    final class GuardedCodes {
        private final QuantizedMatrix matrix;
        private final Guarded scales;
        private final GuardedPlane plane;
        private final @Nullable GuardedPlane lowPlane;

        GuardedCodes(Arena arena, Rounding rounding, int rows, int columns) {
            int stride = PanelLayout.paddedColumns(columns);
            long codes = (long) rows * stride;
            long scaleCount = rounding.group() == 0 ? rows : codes / rounding.group();
            scales = Guarded.zeros(arena, scaleCount * Float.BYTES);
            plane = new GuardedPlane(arena, codes, scaleCount);
            lowPlane =
                    rounding.precision() == ActivationPrecision.I16 ? new GuardedPlane(arena, codes, scaleCount) : null;
            matrix = new QuantizedMatrix(
                    rows,
                    columns,
                    stride,
                    rounding.group(),
                    scales.segment(),
                    plane.plane(),
                    lowPlane == null ? null : lowPlane.plane());
        }

        QuantizedMatrix matrix() {
            return matrix;
        }

        void assertOnlyRowsWritten(String label, int rowFrom, int rowTo) {
            long scaleBytes = (long) matrix.stride() / matrix.scaleColumns() * Float.BYTES;
            assertRows(label + ", scales", scales, scaleBytes, rowFrom, rowTo);
            plane.assertOnlyRowsWritten(label, matrix.stride(), scaleBytes, rowFrom, rowTo);
            if (lowPlane != null) {
                lowPlane.assertOnlyRowsWritten(label + ", low", matrix.stride(), scaleBytes, rowFrom, rowTo);
            }
        }

        /** Padding included, which has to be zero. */
        void assertEqual(String label, GuardedCodes expected) {
            assertBytes(label + ", scales", expected.scales, scales);
            plane.assertEqual(label, expected.plane);
            if (lowPlane != null && expected.lowPlane != null) {
                lowPlane.assertEqual(label + ", low", expected.lowPlane);
            }
        }
    }

    /** The bytes and sums of one plane. */
    record GuardedPlane(Guarded codes, Guarded sums) {

        GuardedPlane(Arena arena, long codes, long scaleCount) {
            this(Guarded.zeros(arena, codes), Guarded.zeros(arena, scaleCount * Integer.BYTES));
        }

        CodePlane plane() {
            return new CodePlane(codes.segment(), sums.segment());
        }

        void assertOnlyRowsWritten(String label, long codeBytes, long sumBytes, int rowFrom, int rowTo) {
            assertRows(label + " codes", codes, codeBytes, rowFrom, rowTo);
            assertRows(label + " sums", sums, sumBytes, rowFrom, rowTo);
        }

        void assertEqual(String label, GuardedPlane expected) {
            assertBytes(label + " codes", expected.codes, codes);
            assertBytes(label + " sums", expected.sums, sums);
        }
    }

    private static void assertRows(String label, Guarded part, long rowBytes, int rowFrom, int rowTo) {
        part.assertUntouchedExcept(label, offset -> offset >= rowFrom * rowBytes && offset < rowTo * rowBytes);
    }

    private static void assertBytes(String label, Guarded expected, Guarded actual) {
        assertEquals(-1, expected.segment().mismatch(actual.segment()), () -> label + ": first difference");
    }
}
