// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Register-blocked multiply: up to 6 rows of activations by 2 strips of {@code f32} weights, accumulators in registers
 * over a stretch of K. Twelve accumulators, two weights and a broadcast fit the 16 registers of AVX2.
 *
 * <p>Parameters of all blocks: strips {@code wa} and {@code wb} of {@code w} (input {@code k} at {@code + k * 64}),
 * {@code count} inputs, rows of {@code x} from byte {@code x0} every {@code xStride} bytes, results at {@code ya} and
 * {@code yb} every {@code yStride} bytes. The stretch adds to what {@code y} holds, so each result is one chain of fused
 * multiply-adds over ascending k however K is cut.
 *
 * <p>Loops count in ints and single values are read unaligned: both let the JIT drop its checks from the loop.
 */
final class RowBlockMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long LINE = 64;

    private RowBlockMultiply() {}

    /** Multiplies any number of rows, in blocks of 6, then 4, 2 and 1. */
    static void rows(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride,
            int rows) {
        int row = 0;
        for (; row + 6 <= rows; row += 6) {
            rows6(w, wa, wb, count, x, x0 + row * xStride, xStride, y, ya + row * yStride, yb + row * yStride, yStride);
        }
        if (row + 4 <= rows) {
            rows4(w, wa, wb, count, x, x0 + row * xStride, xStride, y, ya + row * yStride, yb + row * yStride, yStride);
            row += 4;
        }
        if (row + 2 <= rows) {
            rows2(w, wa, wb, count, x, x0 + row * xStride, xStride, y, ya + row * yStride, yb + row * yStride, yStride);
            row += 2;
        }
        if (row < rows) {
            row1(w, wa, wb, count, x, x0 + row * xStride, y, ya + row * yStride, yb + row * yStride);
        }
    }

    private static FloatVector broadcast(MemorySegment x, long offset) {
        return FloatVector.broadcast(FLOATS, x.get(FLOAT, offset));
    }

    private static void rows6(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride) {
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        long x4 = x3 + xStride;
        long x5 = x4 + xStride;
        FloatVector a0 = loadFloats(y, ya);
        FloatVector b0 = loadFloats(y, yb);
        FloatVector a1 = loadFloats(y, ya + yStride);
        FloatVector b1 = loadFloats(y, yb + yStride);
        FloatVector a2 = loadFloats(y, ya + 2 * yStride);
        FloatVector b2 = loadFloats(y, yb + 2 * yStride);
        FloatVector a3 = loadFloats(y, ya + 3 * yStride);
        FloatVector b3 = loadFloats(y, yb + 3 * yStride);
        FloatVector a4 = loadFloats(y, ya + 4 * yStride);
        FloatVector b4 = loadFloats(y, yb + 4 * yStride);
        FloatVector a5 = loadFloats(y, ya + 5 * yStride);
        FloatVector b5 = loadFloats(y, yb + 5 * yStride);
        for (int k = 0; k < count; k++) {
            FloatVector u = loadFloats(w, wa + k * LINE);
            FloatVector v = loadFloats(w, wb + k * LINE);
            FloatVector q = broadcast(x, x0 + k * 4L);
            a0 = q.fma(u, a0);
            b0 = q.fma(v, b0);
            q = broadcast(x, x1 + k * 4L);
            a1 = q.fma(u, a1);
            b1 = q.fma(v, b1);
            q = broadcast(x, x2 + k * 4L);
            a2 = q.fma(u, a2);
            b2 = q.fma(v, b2);
            q = broadcast(x, x3 + k * 4L);
            a3 = q.fma(u, a3);
            b3 = q.fma(v, b3);
            q = broadcast(x, x4 + k * 4L);
            a4 = q.fma(u, a4);
            b4 = q.fma(v, b4);
            q = broadcast(x, x5 + k * 4L);
            a5 = q.fma(u, a5);
            b5 = q.fma(v, b5);
        }
        a0.intoMemorySegment(y, ya, ORDER);
        b0.intoMemorySegment(y, yb, ORDER);
        a1.intoMemorySegment(y, ya + yStride, ORDER);
        b1.intoMemorySegment(y, yb + yStride, ORDER);
        a2.intoMemorySegment(y, ya + 2 * yStride, ORDER);
        b2.intoMemorySegment(y, yb + 2 * yStride, ORDER);
        a3.intoMemorySegment(y, ya + 3 * yStride, ORDER);
        b3.intoMemorySegment(y, yb + 3 * yStride, ORDER);
        a4.intoMemorySegment(y, ya + 4 * yStride, ORDER);
        b4.intoMemorySegment(y, yb + 4 * yStride, ORDER);
        a5.intoMemorySegment(y, ya + 5 * yStride, ORDER);
        b5.intoMemorySegment(y, yb + 5 * yStride, ORDER);
    }

    private static void rows4(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride) {
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        FloatVector a0 = loadFloats(y, ya);
        FloatVector b0 = loadFloats(y, yb);
        FloatVector a1 = loadFloats(y, ya + yStride);
        FloatVector b1 = loadFloats(y, yb + yStride);
        FloatVector a2 = loadFloats(y, ya + 2 * yStride);
        FloatVector b2 = loadFloats(y, yb + 2 * yStride);
        FloatVector a3 = loadFloats(y, ya + 3 * yStride);
        FloatVector b3 = loadFloats(y, yb + 3 * yStride);
        for (int k = 0; k < count; k++) {
            FloatVector u = loadFloats(w, wa + k * LINE);
            FloatVector v = loadFloats(w, wb + k * LINE);
            FloatVector q = broadcast(x, x0 + k * 4L);
            a0 = q.fma(u, a0);
            b0 = q.fma(v, b0);
            q = broadcast(x, x1 + k * 4L);
            a1 = q.fma(u, a1);
            b1 = q.fma(v, b1);
            q = broadcast(x, x2 + k * 4L);
            a2 = q.fma(u, a2);
            b2 = q.fma(v, b2);
            q = broadcast(x, x3 + k * 4L);
            a3 = q.fma(u, a3);
            b3 = q.fma(v, b3);
        }
        a0.intoMemorySegment(y, ya, ORDER);
        b0.intoMemorySegment(y, yb, ORDER);
        a1.intoMemorySegment(y, ya + yStride, ORDER);
        b1.intoMemorySegment(y, yb + yStride, ORDER);
        a2.intoMemorySegment(y, ya + 2 * yStride, ORDER);
        b2.intoMemorySegment(y, yb + 2 * yStride, ORDER);
        a3.intoMemorySegment(y, ya + 3 * yStride, ORDER);
        b3.intoMemorySegment(y, yb + 3 * yStride, ORDER);
    }

    private static void rows2(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride) {
        long x1 = x0 + xStride;
        FloatVector a0 = loadFloats(y, ya);
        FloatVector b0 = loadFloats(y, yb);
        FloatVector a1 = loadFloats(y, ya + yStride);
        FloatVector b1 = loadFloats(y, yb + yStride);
        for (int k = 0; k < count; k++) {
            FloatVector u = loadFloats(w, wa + k * LINE);
            FloatVector v = loadFloats(w, wb + k * LINE);
            FloatVector q = broadcast(x, x0 + k * 4L);
            a0 = q.fma(u, a0);
            b0 = q.fma(v, b0);
            q = broadcast(x, x1 + k * 4L);
            a1 = q.fma(u, a1);
            b1 = q.fma(v, b1);
        }
        a0.intoMemorySegment(y, ya, ORDER);
        b0.intoMemorySegment(y, yb, ORDER);
        a1.intoMemorySegment(y, ya + yStride, ORDER);
        b1.intoMemorySegment(y, yb + yStride, ORDER);
    }

    private static void row1(
            MemorySegment w, long wa, long wb, int count, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = loadFloats(y, ya);
        FloatVector b = loadFloats(y, yb);
        for (int k = 0; k < count; k++) {
            FloatVector q = broadcast(x, x0 + k * 4L);
            a = q.fma(loadFloats(w, wa + k * LINE), a);
            b = q.fma(loadFloats(w, wb + k * LINE), b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }
}
