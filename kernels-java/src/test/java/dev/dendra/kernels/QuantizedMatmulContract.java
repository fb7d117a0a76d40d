// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.MatmulShapes.Shape;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of int8 and int16 activations with packed integer weights: the same bits everywhere. */
interface QuantizedMatmulContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource(names = {"I8", "I8G32", "U4G32"})
    default void quantizedMatmulIsExactAtEveryTileEdge(Encoding encoding) {
        for (Shape shape : MatmulShapes.all()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("integer matmul %s %s", encoding.id(), shape);
                PackedMatrix w = cases.weights(encoding, shape.n(), shape.k());
                assertEqualsReference(arena, label, w, cases.matrix(shape.m(), shape.k(), Values.ORDINARY));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I8", "I8G32", "U4G32"})
    default void quantizedMatmulTakesExtremes(Encoding encoding) {
        for (Values values : Values.values()) {
            for (int k : new int[] {3, 64, 97, 576}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    String label = cases.label("integer matmul %s of %s, K=%d", encoding.id(), values, k);
                    PackedMatrix w = cases.extremeWeights(encoding, 33, k);
                    assertEqualsReference(arena, label, w, cases.matrix(9, k, values));
                }
            }
        }
    }

    /** All codes at the same end: what would overflow a 16-bit sum of products, or saturate one, does so here. */
    @ParameterizedTest
    @EnumSource(names = {"I8", "I8G32", "U4G32"})
    default void quantizedMatmulHoldsTheLargestSums(Encoding encoding) {
        for (int activation : new int[] {-127, 127}) {
            for (int code : encoding == Encoding.U4G32 ? new int[] {0, 15} : new int[] {-128, 127}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    PackedMatrix w = cases.weights(encoding, 16, 576);
                    PanelWriter writer = new PanelWriter(w);
                    FloatMatrix x = cases.matrix(3, 576, Values.ZEROS);
                    for (int k = 0; k < 576; k++) {
                        for (int n = 0; n < 16; n++) {
                            writer.setCode(n, k, code);
                        }
                        for (int m = 0; m < 3; m++) {
                            x.set(m, k, activation);
                        }
                    }
                    String label = cases.label("integer matmul %s, %d times %d", encoding.id(), activation, code);
                    assertEqualsReference(arena, label, w, x);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I8", "I8G32", "U4G32"})
    default void quantizedMatmulWritesItsPanelsAndNothingElse(Encoding encoding) {
        for (ActivationPrecision precision : integerPrecisions()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                PackedMatrix w = cases.weights(encoding, 75, 70);
                QuantizedMatrix x = Rounding.of(precision, encoding).round(arena, cases.matrix(7, 70, Values.ORDINARY));
                FloatMatrix whole = FloatMatrix.allocate(arena, 7, 75);
                REFERENCE.matmul(w, x, whole, 7, 0, 5, scratch(arena).segment());
                for (int from = 0; from < 5; from++) {
                    for (int to = from; to <= 5; to++) {
                        String label =
                                cases.label("%s matmul %s panels %d..%d", precision.id(), encoding.id(), from, to);
                        Guarded output = Guarded.canaries(arena, 7 * 128 * Float.BYTES);
                        FloatMatrix y = output.matrix(7, 75, 128);
                        kernels().matmul(w, x, y, 6, from, to, scratch(arena).segment());
                        output.assertWrittenOnly(label, 128, 0, 6, 16 * from, 16 * to);
                        for (int m = 0; m < 6; m++) {
                            Matrices.assertSameRow(label, whole, m, y, m, 16 * from, 16 * to);
                        }
                    }
                }
            }
        }
    }

    /** 16 bits are 256 times finer than 8, and the product shows it. */
    @ParameterizedTest
    @EnumSource(names = {"I8", "I8G32", "U4G32"})
    default void int16ActivationsAreNearSinglePrecision(Encoding encoding) {
        if (!kernels().activationPrecisions().contains(ActivationPrecision.I16)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            PackedMatrix w = cases.weights(encoding, 32, 256);
            FloatMatrix x = cases.matrix(4, 256, Values.ORDINARY);
            FloatMatrix expected = FloatMatrix.allocate(arena, 4, 32);
            FloatMatrix actual = FloatMatrix.allocate(arena, 4, 32);
            REFERENCE.matmul(w, x, expected, 4, 0, 2, scratch(arena).segment());
            QuantizedMatrix codes =
                    Rounding.of(ActivationPrecision.I16, encoding).round(arena, x);
            kernels().matmul(w, codes, actual, 4, 0, 2, scratch(arena).segment());
            for (int m = 0; m < 4; m++) {
                for (int n = 0; n < 32; n++) {
                    double magnitude = Products.magnitude(w, x, m, n);
                    Matrices.assertNear(encoding.id(), expected.get(m, n), actual.get(m, n), magnitude * 0x1p-13);
                }
            }
        }
    }

    private void assertEqualsReference(Arena arena, String label, PackedMatrix w, FloatMatrix x) {
        for (ActivationPrecision precision : integerPrecisions()) {
            assertEqualsReference(
                    arena,
                    precision.id() + ", " + label,
                    w,
                    Rounding.of(precision, w.encoding()).round(arena, x));
        }
    }

    private void assertEqualsReference(Arena arena, String label, PackedMatrix w, QuantizedMatrix x) {
        int panels = w.layout().panels();
        int written = panels * PanelLayout.PANEL_ROWS;
        int stride = PanelLayout.paddedColumns(w.rows());
        FloatMatrix expected = FloatMatrix.allocate(arena, x.rows(), w.rows());
        Guarded output = Guarded.canaries(arena, (long) x.rows() * stride * Float.BYTES);
        Guarded scratch = scratch(arena);
        FloatMatrix actual = output.matrix(x.rows(), w.rows(), stride);
        REFERENCE.matmul(w, x, expected, x.rows(), 0, panels, scratch.segment());
        kernels().matmul(w, x, actual, x.rows(), 0, panels, scratch.segment());
        output.assertWrittenOnly(label, stride, 0, x.rows(), 0, written);
        scratch.assertOnlyInsideWritten(label);
        Matrices.assertSame(label, expected, actual, x.rows(), written);
    }
}
