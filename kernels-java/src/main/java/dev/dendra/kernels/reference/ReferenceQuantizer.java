// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.CodePlane;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.ValueLayout;

/** Rounding of activations, an element at a time. */
final class ReferenceQuantizer {

    private ReferenceQuantizer() {}

    static void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int from = 0; from < x.columns(); from += y.scaleColumns()) {
                quantizeGroup(x, y, row, from, Math.min(from + y.scaleColumns(), x.columns()));
            }
        }
    }

    private static void quantizeGroup(FloatMatrix x, QuantizedMatrix y, int row, int from, int to) {
        CodePlane low = y.lowPlane();
        int largestCode = low == null ? 127 : 127 * 256;
        float largest = largest(x, row, from, to);
        float inverse = largestCode / largest;
        int sum = 0;
        int lowSum = 0;
        for (int k = from; k < to; k++) {
            // The cast makes 0 of NaN: a NaN activation, and an infinite one times an inverse of 0.
            int code = Float.isInfinite(inverse) ? 0 : (int) Math.rint(x.get(row, k) * inverse);
            long index = (long) row * y.stride() + k;
            if (low != null) {
                int high = (code + 128) >> 8;
                int rest = code - 256 * high;
                low.codes().set(ValueLayout.JAVA_BYTE, index, (byte) rest);
                lowSum += rest;
                code = high;
            }
            y.plane().codes().set(ValueLayout.JAVA_BYTE, index, (byte) code);
            sum += code;
        }
        long scale = y.scaleIndex(row, from);
        y.scales().setAtIndex(ValueLayout.JAVA_FLOAT, scale, Float.isInfinite(inverse) ? 0 : largest / largestCode);
        y.plane().sums().setAtIndex(ValueLayout.JAVA_INT, scale, sum);
        if (low != null) {
            low.sums().setAtIndex(ValueLayout.JAVA_INT, scale, lowSum);
        }
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

    static void roundRows(FloatMatrix x, Bfloat16Matrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int k = 0; k < x.columns(); k++) {
                y.segment().set(ValueLayout.JAVA_SHORT, y.offset(row, k), Bfloat16.ofFloat(x.get(row, k)));
            }
        }
    }
}
