// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Register-blocked multiply of up to 6 rows of activations by one strip, for the tiles of panels that share no inputs with
 * others; a body of more rows is more than the JIT always inlines.
 *
 * <p>Parameters of all blocks: {@code count} inputs of a strip of {@code f32} weights in {@code scratch} at
 * {@code weights}, every 64 bytes; rows of {@code x} from byte {@code x0} every {@code xStride} bytes, results from
 * {@code y0} every {@code yStride} bytes. The order of sums is that of {@link TwoRowMultiply}.
 */
final class StripRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long LINE = 64;

    private StripRowMultiply() {}

    /** Multiplies any number of rows, in blocks of 6, then 4, 2 and 1. */
    static void rows(
            MemorySegment scratch,
            long weights,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride,
            int rows) {
        int row = 0;
        for (; row + 6 <= rows; row += 6) {
            rows6(scratch, weights, count, x, x0 + row * xStride, xStride, y, y0 + row * yStride, yStride);
        }
        if (row + 4 <= rows) {
            rows4(scratch, weights, count, x, x0 + row * xStride, xStride, y, y0 + row * yStride, yStride);
            row += 4;
        }
        if (row + 2 <= rows) {
            rows2(scratch, weights, count, x, x0 + row * xStride, xStride, y, y0 + row * yStride, yStride);
            row += 2;
        }
        if (row < rows) {
            row1(scratch, weights, count, x, x0 + row * xStride, y, y0 + row * yStride);
        }
    }

    private static void rows6(
            MemorySegment scratch,
            long weights,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride) {
        MemorySegment source = NativeMemory.known(scratch);
        MemorySegment results = NativeMemory.known(y);
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        long x4 = x3 + xStride;
        long x5 = x4 + xStride;
        FloatVector a0 = loadFloats(results, y0);
        FloatVector a1 = loadFloats(results, y0 + yStride);
        FloatVector a2 = loadFloats(results, y0 + 2 * yStride);
        FloatVector a3 = loadFloats(results, y0 + 3 * yStride);
        FloatVector a4 = loadFloats(results, y0 + 4 * yStride);
        FloatVector a5 = loadFloats(results, y0 + 5 * yStride);
        for (int k = 0; k < count; k++) {
            FloatVector w = loadFloats(source, weights + k * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + k * 4L)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + k * 4L)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + k * 4L)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + k * 4L)).fma(w, a3);
            a4 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x4 + k * 4L)).fma(w, a4);
            a5 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x5 + k * 4L)).fma(w, a5);
        }
        a0.intoMemorySegment(results, y0, ORDER);
        a1.intoMemorySegment(results, y0 + yStride, ORDER);
        a2.intoMemorySegment(results, y0 + 2 * yStride, ORDER);
        a3.intoMemorySegment(results, y0 + 3 * yStride, ORDER);
        a4.intoMemorySegment(results, y0 + 4 * yStride, ORDER);
        a5.intoMemorySegment(results, y0 + 5 * yStride, ORDER);
    }

    private static void rows4(
            MemorySegment scratch,
            long weights,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride) {
        MemorySegment source = NativeMemory.known(scratch);
        MemorySegment results = NativeMemory.known(y);
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        FloatVector a0 = loadFloats(results, y0);
        FloatVector a1 = loadFloats(results, y0 + yStride);
        FloatVector a2 = loadFloats(results, y0 + 2 * yStride);
        FloatVector a3 = loadFloats(results, y0 + 3 * yStride);
        for (int k = 0; k < count; k++) {
            FloatVector w = loadFloats(source, weights + k * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + k * 4L)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + k * 4L)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + k * 4L)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + k * 4L)).fma(w, a3);
        }
        a0.intoMemorySegment(results, y0, ORDER);
        a1.intoMemorySegment(results, y0 + yStride, ORDER);
        a2.intoMemorySegment(results, y0 + 2 * yStride, ORDER);
        a3.intoMemorySegment(results, y0 + 3 * yStride, ORDER);
    }

    private static void rows2(
            MemorySegment scratch,
            long weights,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride) {
        MemorySegment source = NativeMemory.known(scratch);
        MemorySegment results = NativeMemory.known(y);
        long x1 = x0 + xStride;
        FloatVector a0 = loadFloats(results, y0);
        FloatVector a1 = loadFloats(results, y0 + yStride);
        for (int k = 0; k < count; k++) {
            FloatVector w = loadFloats(source, weights + k * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + k * 4L)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + k * 4L)).fma(w, a1);
        }
        a0.intoMemorySegment(results, y0, ORDER);
        a1.intoMemorySegment(results, y0 + yStride, ORDER);
    }

    private static void row1(
            MemorySegment scratch, long weights, int count, MemorySegment x, long x0, MemorySegment y, long y0) {
        MemorySegment source = NativeMemory.known(scratch);
        MemorySegment results = NativeMemory.known(y);
        FloatVector a0 = loadFloats(results, y0);
        for (int k = 0; k < count; k++) {
            FloatVector w = loadFloats(source, weights + k * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + k * 4L)).fma(w, a0);
        }
        a0.intoMemorySegment(results, y0, ORDER);
    }
}
