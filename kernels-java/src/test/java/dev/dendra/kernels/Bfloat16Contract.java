// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.fail;

import dev.dendra.kernels.MatmulShapes.Shape;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounding to bfloat16 and products of what it gives; of kernels that have these. */
interface Bfloat16Contract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void roundRowsEqualsTheReferenceButForDenormals(Values values) {
        if (lacksBfloat16()) {
            return;
        }
        for (int columns : new int[] {1, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 576}) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("roundRows %s K=%d", values, columns);
                FloatMatrix x = cases.matrix(7, columns, values);
                int stride = PanelLayout.paddedColumns(columns);
                Guarded output = Guarded.zeros(arena, 7L * stride * Short.BYTES);
                Bfloat16Matrix y = new Bfloat16Matrix(output.segment(), 7, columns, stride);
                kernels().roundRows(x, y, 1, 6);
                output.assertUntouchedExcept(label, offset -> offset >= y.offset(1, 0) && offset < y.offset(6, 0));
                for (int m = 1; m < 6; m++) {
                    for (int k = 0; k < stride; k++) {
                        assertRounded(label, k < columns ? x.get(m, k) : 0, y.get(m, k));
                    }
                }
            }
        }
    }

    private static void assertRounded(String label, float value, float rounded) {
        float expected = Bfloat16.toFloat(Bfloat16.ofFloat(value));
        boolean isDenormal = Math.abs(value) < Float.MIN_NORMAL;
        boolean same = Float.isNaN(expected) ? Float.isNaN(rounded) : expected == rounded;
        if (!same && !(isDenormal && rounded == 0)) {
            fail(label + ": " + value + " became " + rounded + ", not " + expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    default void bfloat16MatmulIsWithinTheBoundAtEveryTileEdge(Encoding encoding) {
        if (lacksBfloat16()) {
            return;
        }
        for (Shape shape : MatmulShapes.all()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("bf16 matmul %s %s", encoding.id(), shape);
                PackedMatrix w = cases.weights(encoding, shape.n(), shape.k());
                assertWithinBound(arena, label, w, cases.matrix(shape.m(), shape.k(), Values.ORDINARY));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void bfloat16MatmulTakesExtremes(Encoding encoding) {
        if (lacksBfloat16()) {
            return;
        }
        for (Values values : new Values[] {Values.FINITE_EXTREMES, Values.ZEROS, Values.DENORMAL, Values.TIES}) {
            for (int k : new int[] {3, 64, 97, 576}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    String label = cases.label("bf16 matmul %s of %s, K=%d", encoding.id(), values, k);
                    assertWithinBound(arena, label, cases.extremeWeights(encoding, 33, k), cases.matrix(9, k, values));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void bfloat16MatmulOfARowDependsOnNothingElse(Encoding encoding) {
        if (lacksBfloat16()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            PackedMatrix w = cases.weights(encoding, 75, 150);
            FloatMatrix x = cases.matrix(33, 150, Values.ORDINARY);
            Bfloat16Matrix rounded = Bfloat16Products.rounded(arena, x);
            FloatMatrix whole = FloatMatrix.allocate(arena, 33, 75);
            kernels().matmul(w, rounded, whole, 33, 0, 5, scratch(arena).segment());
            for (int rows : new int[] {1, 2, 5, 16, 17, 32}) {
                for (int from = 0; from < 5; from++) {
                    for (int to = from; to <= 5; to++) {
                        String label = cases.label("bf16 %s panels %d..%d rows %d", encoding.id(), from, to, rows);
                        Guarded output = Guarded.canaries(arena, 33 * 128 * Float.BYTES);
                        FloatMatrix y = output.matrix(33, 75, 128);
                        kernels()
                                .matmul(
                                        w,
                                        rounded,
                                        y,
                                        rows,
                                        from,
                                        to,
                                        scratch(arena).segment());
                        output.assertWrittenOnly(label, 128, 0, rows, 16 * from, 16 * to);
                        for (int m = 0; m < rows; m++) {
                            Matrices.assertSameRow(label, whole, m, y, m, 16 * from, 16 * to);
                        }
                    }
                }
            }
        }
    }

    private void assertWithinBound(Arena arena, String label, PackedMatrix w, FloatMatrix x) {
        int panels = w.layout().panels();
        int stride = PanelLayout.paddedColumns(w.rows());
        Bfloat16Matrix rounded = Bfloat16Products.rounded(arena, x);
        Guarded output = Guarded.canaries(arena, (long) x.rows() * stride * Float.BYTES);
        Guarded scratch = scratch(arena);
        FloatMatrix y = output.matrix(x.rows(), w.rows(), stride);
        kernels().matmul(w, rounded, y, x.rows(), 0, panels, scratch.segment());
        output.assertWrittenOnly(label, stride, 0, x.rows(), 0, panels * PanelLayout.PANEL_ROWS);
        scratch.assertOnlyInsideWritten(label);
        Bfloat16Products.assertWithinBound(arena, label, w, rounded, y);
    }

    private boolean lacksBfloat16() {
        return !kernels().activationPrecisions().contains(ActivationPrecision.BF16);
    }
}
