// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/** How what a span of attention gives joins what the spans before it gave. Offsets are in bytes, lengths in floats. */
final class SpanMerge {

    private SpanMerge() {}

    /** What sums and outputs so far shrink by, where {@code largest} was the largest score and the span's is {@code next}. */
    static float kept(float largest, float next) {
        return next > largest ? VectorExp.exp(largest - next) : 1;
    }

    /** What the span's sum and outputs shrink by. */
    static float added(float largest, float next) {
        return next > largest ? 1 : VectorExp.exp(next - largest);
    }

    /** {@code y = x}. */
    static void copy(MemorySegment x, long from, MemorySegment y, long to, int length) {
        MemorySegment.copy(x, from, y, to, (long) length * Float.BYTES);
    }

    /** {@code y = y * kept + x * added}. */
    static void add(MemorySegment x, long from, float added, MemorySegment y, long to, float kept, int length) {
        long whole = (long) FLOATS.loopBound(length) * Float.BYTES;
        FloatVector keep = FloatVector.broadcast(FLOATS, kept);
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector more =
                    FloatVector.fromMemorySegment(FLOATS, x, from + k, ORDER).mul(added);
            FloatVector.fromMemorySegment(FLOATS, y, to + k, ORDER)
                    .fma(keep, more)
                    .intoMemorySegment(y, to + k, ORDER);
        }
        for (long k = whole; k < (long) length * Float.BYTES; k += Float.BYTES) {
            float more = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + k) * added;
            float sum = Math.fma(y.get(ValueLayout.JAVA_FLOAT_UNALIGNED, to + k), kept, more);
            y.set(ValueLayout.JAVA_FLOAT_UNALIGNED, to + k, sum);
        }
    }

    /** {@code y = y * factor}. */
    static void multiply(MemorySegment y, long offset, int length, float factor) {
        long whole = (long) FLOATS.loopBound(length) * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector.fromMemorySegment(FLOATS, y, offset + k, ORDER)
                    .mul(factor)
                    .intoMemorySegment(y, offset + k, ORDER);
        }
        for (long k = whole; k < (long) length * Float.BYTES; k += Float.BYTES) {
            float product = y.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + k) * factor;
            y.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + k, product);
        }
    }
}
