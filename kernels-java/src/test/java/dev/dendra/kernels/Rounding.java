// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.CodePlane;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** A way to round activations to integers: 8 or 16 bits, one scale a group or a row. */
record Rounding(ActivationPrecision precision, int group) {

    /** What products with weights of that encoding need. */
    static Rounding of(ActivationPrecision precision, Encoding encoding) {
        return new Rounding(precision, encoding.groupSize());
    }

    QuantizedMatrix allocate(Arena arena, int rows, int columns) {
        return QuantizedMatrix.allocate(arena, precision, rows, columns, group);
    }

    /** {@code x} as the reference rounds it. */
    QuantizedMatrix round(Arena arena, FloatMatrix x) {
        QuantizedMatrix codes = allocate(arena, x.rows(), x.columns());
        KernelsUnderTest.REFERENCE.quantizeRows(x, codes, 0, x.rows());
        return codes;
    }

    int largestCode() {
        return precision == ActivationPrecision.I16 ? 127 * 256 : 127;
    }

    /** An element of {@code matrix}, planes put together. */
    static int code(QuantizedMatrix matrix, int row, int column) {
        long index = (long) row * matrix.stride() + column;
        int code = matrix.plane().codes().get(ValueLayout.JAVA_BYTE, index);
        CodePlane low = matrix.lowPlane();
        return low == null ? code : 256 * code + low.codes().get(ValueLayout.JAVA_BYTE, index);
    }

    @Override
    public String toString() {
        return precision.id() + (group == 0 ? " per row" : " per " + group);
    }
}
