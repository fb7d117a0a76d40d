// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.reference.PanelReader;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** Products with activations in bfloat16, and how far a kernel's may be from them. */
final class Bfloat16Products {
    /** Twice that of single precision: instructions that multiply pairs may round each sum of a pair once more. */
    private static final double PAIR_ROUNDOFF = 2 * KernelsUnderTest.UNIT_ROUNDOFF;

    private Bfloat16Products() {}

    /** {@code x} as the reference rounds it. */
    static Bfloat16Matrix rounded(Arena arena, FloatMatrix x) {
        Bfloat16Matrix rounded = Bfloat16Matrix.allocate(arena, x.rows(), x.columns());
        KernelsUnderTest.REFERENCE.roundRows(x, rounded, 0, x.rows());
        return rounded;
    }

    /** {@link Products#assertWithinBound} with the bound of this precision. */
    static void assertWithinBound(Arena arena, String label, PackedMatrix w, Bfloat16Matrix x, FloatMatrix y) {
        FloatMatrix widened = widened(arena, x);
        // A denormal that counts as zero is off by less than the smallest normal number times the other factor.
        double underflow = Float.MIN_NORMAL * (1 + largest(widened) + largest(w));
        Products.Arithmetic arithmetic = new Products.Arithmetic(Bfloat16Products::weight, 0, PAIR_ROUNDOFF, underflow);
        Products.assertWithinBound(label, w, widened, y, arithmetic);
    }

    private static double weight(PanelReader reader, int n, int k) {
        return reader.encoding() == Encoding.I8
                ? reader.weight(n, k)
                : Bfloat16.toFloat(Bfloat16.ofFloat(reader.weight(n, k)));
    }

    private static double largest(FloatMatrix x) {
        double largest = 0;
        for (int m = 0; m < x.rows(); m++) {
            for (int k = 0; k < x.columns(); k++) {
                largest = Math.max(largest, Math.abs(x.get(m, k)));
            }
        }
        return largest;
    }

    private static double largest(PackedMatrix w) {
        PanelReader reader = new PanelReader(w);
        double largest = 0;
        for (int n = 0; n < w.rows(); n++) {
            for (int k = 0; k < w.columns(); k++) {
                largest = Math.max(largest, Math.abs(reader.weight(n, k)));
            }
        }
        return largest;
    }

    private static FloatMatrix widened(Arena arena, Bfloat16Matrix rounded) {
        FloatMatrix widened = FloatMatrix.allocate(arena, rounded.rows(), rounded.columns());
        for (int m = 0; m < rounded.rows(); m++) {
            for (int k = 0; k < rounded.columns(); k++) {
                widened.segment().set(ValueLayout.JAVA_FLOAT, widened.offset(m, k), rounded.get(m, k));
            }
        }
        return widened;
    }
}
