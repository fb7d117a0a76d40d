// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** What is asked of a row of logits. The same bits at every register width. */
final class VectorSoftmax {

    private VectorSoftmax() {}

    static float logSumExp(FloatMatrix x, int row) {
        MemorySegment logits = x.segment();
        long offset = x.offset(row, 0);
        float largest = largest(logits, offset, x.columns());
        if (Float.isInfinite(largest)) {
            return hasNan(logits, offset, x.columns()) ? Float.NaN : largest;
        }
        float sum = SixteenSums.exponentials(logits, offset, x.columns(), largest);
        return (float) (largest + Math.log(sum));
    }

    static void softmax(FloatMatrix x, int row) {
        MemorySegment shares = x.segment();
        long offset = x.offset(row, 0);
        exponentials(shares, offset, x.columns(), largest(shares, offset, x.columns()));
        divide(shares, offset, x.columns(), SixteenSums.plain(shares, offset, x.columns()));
    }

    static int argMax(FloatMatrix x, int row) {
        MemorySegment logits = x.segment();
        long offset = x.offset(row, 0);
        return first(logits, offset, x.columns(), largest(logits, offset, x.columns()));
    }

    /** Largest element; NaN never is, so a row of NaN gives -Infinity. */
    private static float largest(MemorySegment x, long offset, int columns) {
        long whole = (long) FLOATS.loopBound(columns) * Float.BYTES;
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector elements = FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER);
            largest = largest.blend(elements, elements.compare(VectorOperators.GT, largest));
        }
        float result = largest.reduceLanes(VectorOperators.MAX);
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            float element = x.get(ValueLayout.JAVA_FLOAT, offset + k);
            result = element > result ? element : result;
        }
        return result;
    }

    private static boolean hasNan(MemorySegment x, long offset, int columns) {
        for (long k = 0; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            if (Float.isNaN(x.get(ValueLayout.JAVA_FLOAT, offset + k))) {
                return true;
            }
        }
        return false;
    }

    /** Column of the first element that equals {@code value}, 0 if none does. */
    private static int first(MemorySegment x, long offset, int columns, float value) {
        long whole = (long) FLOATS.loopBound(columns) * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            VectorMask<Float> found =
                    FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER).compare(VectorOperators.EQ, value);
            if (found.anyTrue()) {
                return (int) (k / Float.BYTES) + found.firstTrue();
            }
        }
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            if (x.get(ValueLayout.JAVA_FLOAT, offset + k) == value) {
                return (int) (k / Float.BYTES);
            }
        }
        return 0;
    }

    private static void exponentials(MemorySegment x, long offset, int columns, float largest) {
        long whole = (long) FLOATS.loopBound(columns) * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            VectorExp.exp(FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER)
                            .sub(largest))
                    .intoMemorySegment(x, offset + k, ORDER);
        }
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            float share = VectorExp.exp(x.get(ValueLayout.JAVA_FLOAT, offset + k) - largest);
            x.set(ValueLayout.JAVA_FLOAT, offset + k, share);
        }
    }

    private static void divide(MemorySegment x, long offset, int columns, float sum) {
        long whole = (long) FLOATS.loopBound(columns) * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER)
                    .div(sum)
                    .intoMemorySegment(x, offset + k, ORDER);
        }
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            x.set(ValueLayout.JAVA_FLOAT, offset + k, x.get(ValueLayout.JAVA_FLOAT, offset + k) / sum);
        }
    }
}
