// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.MatmulShapes.Shape;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of float activations with packed weights. */
interface MatmulContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void matmulIsWithinTheBoundAtEveryTileEdge(Encoding encoding) {
        for (Shape shape : MatmulShapes.all()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("matmul %s %s", encoding.id(), shape);
                PackedMatrix w = cases.weights(encoding, shape.n(), shape.k());
                assertWithinBound(arena, label, w, cases.matrix(shape.m(), shape.k(), Values.ORDINARY));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void matmulTakesExtremes(Encoding encoding) {
        for (Values values : Values.values()) {
            for (int k : new int[] {3, 64, 97, 576}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    String label = cases.label("matmul %s of %s, K=%d", encoding.id(), values, k);
                    assertWithinBound(arena, label, cases.extremeWeights(encoding, 33, k), cases.matrix(9, k, values));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void matmulWritesItsPanelsAndNothingElse(Encoding encoding) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            PackedMatrix w = cases.weights(encoding, 75, 70);
            FloatMatrix x = cases.matrix(7, 70, Values.ORDINARY);
            FloatMatrix whole = FloatMatrix.allocate(arena, 7, 75);
            kernels().matmul(w, x, whole, 7, 0, 5, scratch(arena).segment());
            for (int from = 0; from < 5; from++) {
                for (int to = from; to <= 5; to++) {
                    for (int rows : new int[] {1, 6, 7}) {
                        String label = cases.label("matmul %s panels %d..%d rows %d", encoding.id(), from, to, rows);
                        Guarded output = Guarded.canaries(arena, 7 * 128 * Float.BYTES);
                        Guarded scratch = scratch(arena);
                        FloatMatrix y = output.matrix(7, 75, 128);
                        kernels().matmul(w, x, y, rows, from, to, scratch.segment());
                        output.assertWrittenOnly(label, 128, 0, rows, 16 * from, 16 * to);
                        scratch.assertOnlyInsideWritten(label);
                        for (int m = 0; m < rows; m++) {
                            Matrices.assertSameRow(label, whole, m, y, m, 16 * from, 16 * to);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void matmulOfARowDoesNotDependOnItsBatch(Encoding encoding) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            PackedMatrix w = cases.weights(encoding, 40, 150);
            FloatMatrix x = cases.matrix(33, 150, Values.ORDINARY);
            FloatMatrix y = FloatMatrix.allocate(arena, 33, 40);
            kernels().matmul(w, x, y, 33, 0, 3, scratch(arena).segment());
            for (int m = 0; m < 33; m++) {
                FloatMatrix row = FloatMatrix.allocate(arena, 1, 150);
                FloatMatrix alone = FloatMatrix.allocate(arena, 1, 40);
                Matrices.copyRow(x, m, row, 0);
                kernels().matmul(w, row, alone, 1, 0, 3, scratch(arena).segment());
                Matrices.assertSameRow(cases.label("matmul %s row %d", encoding.id(), m), alone, 0, y, m, 0, 40);
            }
        }
    }

    @Test
    default void matmulReadsActivationsOfAWiderStride() {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            PackedMatrix w = cases.weights(Encoding.U4G32, 20, 40);
            FloatMatrix narrow = cases.matrix(3, 40, Values.ORDINARY);
            FloatMatrix wide =
                    new FloatMatrix(Guarded.zeros(arena, 3 * 192 * Float.BYTES).segment(), 3, 40, 192);
            for (int m = 0; m < 3; m++) {
                Matrices.copyRow(narrow, m, wide, m);
            }
            FloatMatrix expected = FloatMatrix.allocate(arena, 3, 20);
            FloatMatrix actual = FloatMatrix.allocate(arena, 3, 20);
            kernels().matmul(w, narrow, expected, 3, 0, 2, scratch(arena).segment());
            kernels().matmul(w, wide, actual, 3, 0, 2, scratch(arena).segment());
            Matrices.assertSame("stride 192", expected, actual, 3, 20);
        }
    }

    private void assertWithinBound(Arena arena, String label, PackedMatrix w, FloatMatrix x) {
        int panels = w.layout().panels();
        int stride = PanelLayout.paddedColumns(w.rows());
        Guarded output = Guarded.canaries(arena, (long) x.rows() * stride * Float.BYTES);
        Guarded scratch = scratch(arena);
        FloatMatrix y = output.matrix(x.rows(), w.rows(), stride);
        kernels().matmul(w, x, y, x.rows(), 0, panels, scratch.segment());
        output.assertWrittenOnly(label, stride, 0, x.rows(), 0, panels * PanelLayout.PANEL_ROWS);
        scratch.assertOnlyInsideWritten(label);
        Products.assertWithinBound(label, w, x, y, Products.SINGLE_PRECISION);
    }
}
