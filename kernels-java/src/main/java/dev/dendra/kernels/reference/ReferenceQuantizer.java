// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rounding of activations to int8, per group of 32 and per row. */
final class ReferenceQuantizer {
    private static final int LARGEST_CODE = 127;

    private ReferenceQuantizer() {}

    static void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int from = 0; from < x.columns(); from += QuantizedMatrix.GROUP) {
                int to = Math.min(from + QuantizedMatrix.GROUP, x.columns());
                long group = ((long) row * y.stride() + from) / QuantizedMatrix.GROUP;
                y.groupScales().setAtIndex(ValueLayout.JAVA_FLOAT, group, scale(x, row, from, to));
                int sum = round(x, row, from, to, y.groupCodes(), y.stride());
                y.groupSums().setAtIndex(ValueLayout.JAVA_INT, group, sum);
            }
            y.rowScales().setAtIndex(ValueLayout.JAVA_FLOAT, row, scale(x, row, 0, x.columns()));
            round(x, row, 0, x.columns(), y.rowCodes(), y.stride());
        }
    }

    private static float scale(FloatMatrix x, int row, int from, int to) {
        float largest = largest(x, row, from, to);
        return Float.isInfinite(LARGEST_CODE / largest) ? 0 : largest / LARGEST_CODE;
    }

    /** Writes the codes of one group and returns their sum. */
    private static int round(FloatMatrix x, int row, int from, int to, MemorySegment codes, int stride) {
        float inverse = LARGEST_CODE / largest(x, row, from, to);
        int sum = 0;
        for (int k = from; k < to; k++) {
            // The cast makes 0 of NaN: a NaN activation, and an infinite one times an inverse of 0.
            int code = Float.isInfinite(inverse) ? 0 : (int) Math.rint(x.get(row, k) * inverse);
            codes.set(ValueLayout.JAVA_BYTE, (long) row * stride + k, (byte) code);
            sum += code;
        }
        return sum;
    }

    private static float largest(FloatMatrix x, int row, int from, int to) {
        float largest = 0;
        for (int k = from; k < to; k++) {
            float magnitude = Math.abs(x.get(row, k));
            if (magnitude > largest) {
                largest = magnitude;
            }
        }
        return largest;
    }
}
