// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Activations in one precision, and what a product with them has to be. */
sealed interface RoundedRows {

    /** The rows in every precision that the kernels take and the encoding has products with. */
    static List<RoundedRows> all(Arena arena, Kernels kernels, Encoding encoding, FloatMatrix x) {
        List<RoundedRows> all = new ArrayList<>();
        for (ActivationPrecision precision : ActivationPrecision.values()) {
            if (kernels.activationPrecisions().contains(precision)) {
                switch (precision) {
                    case F32 -> all.add(new Singles(x));
                    case BF16 -> all.add(new Bfloats(Bfloat16Products.rounded(arena, x)));
                    case I8, I16 -> {
                        if (encoding.isInteger()) {
                            Rounding rounding = Rounding.of(precision, encoding);
                            all.add(new Codes(rounding.round(arena, x)));
                        }
                    }
                }
            }
        }
        return all;
    }

    ActivationPrecision precision();

    void multiply(
            Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int panelFrom, int panelTo, Guarded scratch);

    /**
     * Fails unless {@code y} is the product with a matrix.
     *
     * @param dense the matrix, dense
     * @param w the same, as {@code kernels} got it
     * @param scratch for other products
     */
    void assertProduct(
            Arena arena,
            String label,
            Kernels kernels,
            PackedMatrix dense,
            PackedMatrix w,
            FloatMatrix y,
            Guarded scratch);

    /** In single precision. */
    record Singles(FloatMatrix x) implements RoundedRows {
        @Override
        public ActivationPrecision precision() {
            return ActivationPrecision.F32;
        }

        @Override
        public void multiply(
                Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int panelFrom, int panelTo, Guarded scratch) {
            kernels.matmul(w, x, y, rows, panelFrom, panelTo, scratch.segment());
        }

        @Override
        public void assertProduct(
                Arena arena,
                String label,
                Kernels kernels,
                PackedMatrix dense,
                PackedMatrix w,
                FloatMatrix y,
                Guarded scratch) {
            Products.assertWithinBound(label, dense, x, y, Products.SINGLE_PRECISION);
        }
    }

    /** In bfloat16. */
    record Bfloats(Bfloat16Matrix x) implements RoundedRows {
        @Override
        public ActivationPrecision precision() {
            return ActivationPrecision.BF16;
        }

        @Override
        public void multiply(
                Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int panelFrom, int panelTo, Guarded scratch) {
            kernels.matmul(w, x, y, rows, panelFrom, panelTo, scratch.segment());
        }

        @Override
        public void assertProduct(
                Arena arena,
                String label,
                Kernels kernels,
                PackedMatrix dense,
                PackedMatrix w,
                FloatMatrix y,
                Guarded scratch) {
            Bfloat16Products.assertWithinBound(arena, label, dense, x, y);
        }
    }

    /** Integers: the reference's bits, and those of the dense product. */
    record Codes(QuantizedMatrix x) implements RoundedRows {
        @Override
        public ActivationPrecision precision() {
            return x.precision();
        }

        @Override
        public void multiply(
                Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int panelFrom, int panelTo, Guarded scratch) {
            kernels.matmul(w, x, y, rows, panelFrom, panelTo, scratch.segment());
        }

        @Override
        public void assertProduct(
                Arena arena,
                String label,
                Kernels kernels,
                PackedMatrix dense,
                PackedMatrix w,
                FloatMatrix y,
                Guarded scratch) {
            int panels = w.layout().panels();
            FloatMatrix expected = FloatMatrix.allocate(arena, x.rows(), w.rows());
            multiply(KernelsUnderTest.REFERENCE, w, expected, x.rows(), 0, panels, scratch);
            Matrices.assertSame(label, expected, y, x.rows(), w.rows());
            multiply(kernels, dense, expected, x.rows(), 0, panels, scratch);
            Matrices.assertSame(label + ", dense", expected, y, x.rows(), w.rows());
        }
    }
}
