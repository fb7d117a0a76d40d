// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.MatmulShapes.Shape;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * For kernels that promise more than the interface asks for: products of float activations sum over ascending inputs with
 * one fused multiply-add each, as the reference does, so that the bits are the same.
 */
public interface OrderedMatmulContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void matmulSumsInOrderAtEveryTileEdge(Encoding encoding) {
        for (Shape shape : MatmulShapes.all()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("matmul %s %s", encoding.id(), shape);
                PackedMatrix w = cases.weights(encoding, shape.n(), shape.k());
                assertEqualsReference(arena, label, w, cases.matrix(shape.m(), shape.k(), Values.ORDINARY));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void matmulSumsExtremesInOrder(Encoding encoding) {
        for (Values values : Values.values()) {
            for (int k : new int[] {3, 64, 97, 576}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    String label = cases.label("matmul %s of %s, K=%d", encoding.id(), values, k);
                    assertEqualsReference(
                            arena, label, cases.extremeWeights(encoding, 33, k), cases.matrix(9, k, values));
                }
            }
        }
    }

    private void assertEqualsReference(Arena arena, String label, PackedMatrix w, FloatMatrix x) {
        int panels = w.layout().panels();
        FloatMatrix expected = FloatMatrix.allocate(arena, x.rows(), w.rows());
        FloatMatrix actual = FloatMatrix.allocate(arena, x.rows(), w.rows());
        REFERENCE.matmul(w, x, expected, x.rows(), 0, panels, scratch(arena).segment());
        kernels().matmul(w, x, actual, x.rows(), 0, panels, scratch(arena).segment());
        Matrices.assertSame(label, expected, actual, x.rows(), panels * PanelLayout.PANEL_ROWS);
    }
}
