// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Register-blocked multiply by a strip that has weights for some inputs only: up to 8 rows of activations, of which quads
 * of inputs are picked by a table. Two strips could not share them, since panels differ in what lives; 8 accumulators
 * are enough to hide the latency of an addition.
 *
 * <p>Parameters of all blocks: a strip of {@code f32} weights in {@code scratch} at {@code weights}, inputs every 64 bytes;
 * a table there of {@code quads} byte offsets in a row; rows of {@code x} from byte {@code x0} every {@code xStride}
 * bytes, results from {@code y0} every {@code yStride} bytes. The order of sums is that of {@link SingleRowMultiply}.
 */
final class GatheredRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final long LINE = 64;

    private GatheredRowMultiply() {}

    /** Multiplies any number of rows, in blocks of 8, then 4, 2 and 1. */
    static void rows(
            MemorySegment scratch,
            long weights,
            long table,
            int quads,
            MemorySegment x,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride,
            int rows) {
        int row = 0;
        for (; row + 8 <= rows; row += 8) {
            rows8(scratch, weights, table, quads, x, row * xStride, xStride, y, y0 + row * yStride, yStride);
        }
        if (row + 4 <= rows) {
            rows4(scratch, weights, table, quads, x, row * xStride, xStride, y, y0 + row * yStride, yStride);
            row += 4;
        }
        if (row + 2 <= rows) {
            rows2(scratch, weights, table, quads, x, row * xStride, xStride, y, y0 + row * yStride, yStride);
            row += 2;
        }
        if (row < rows) {
            row1(scratch, weights, table, quads, x, row * xStride, y, y0 + row * yStride);
        }
    }

    private static void rows8(
            MemorySegment scratch,
            long weights,
            long table,
            int quads,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride) {
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        long x4 = x3 + xStride;
        long x5 = x4 + xStride;
        long x6 = x5 + xStride;
        long x7 = x6 + xStride;
        FloatVector a0 = loadFloats(y, y0);
        FloatVector a1 = loadFloats(y, y0 + yStride);
        FloatVector a2 = loadFloats(y, y0 + 2 * yStride);
        FloatVector a3 = loadFloats(y, y0 + 3 * yStride);
        FloatVector a4 = loadFloats(y, y0 + 4 * yStride);
        FloatVector a5 = loadFloats(y, y0 + 5 * yStride);
        FloatVector a6 = loadFloats(y, y0 + 6 * yStride);
        FloatVector a7 = loadFloats(y, y0 + 7 * yStride);
        for (int quad = 0; quad < quads; quad++) {
            long at = scratch.get(INT, table + quad * 4L);
            long line = weights + quad * (4 * LINE);
            FloatVector w = loadFloats(scratch, line);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at)).fma(w, a3);
            a4 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x4 + at)).fma(w, a4);
            a5 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x5 + at)).fma(w, a5);
            a6 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x6 + at)).fma(w, a6);
            a7 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x7 + at)).fma(w, a7);
            w = loadFloats(scratch, line + LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 4)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 4)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at + 4)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at + 4)).fma(w, a3);
            a4 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x4 + at + 4)).fma(w, a4);
            a5 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x5 + at + 4)).fma(w, a5);
            a6 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x6 + at + 4)).fma(w, a6);
            a7 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x7 + at + 4)).fma(w, a7);
            w = loadFloats(scratch, line + 2 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 8)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 8)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at + 8)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at + 8)).fma(w, a3);
            a4 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x4 + at + 8)).fma(w, a4);
            a5 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x5 + at + 8)).fma(w, a5);
            a6 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x6 + at + 8)).fma(w, a6);
            a7 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x7 + at + 8)).fma(w, a7);
            w = loadFloats(scratch, line + 3 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 12)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 12)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at + 12)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at + 12)).fma(w, a3);
            a4 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x4 + at + 12)).fma(w, a4);
            a5 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x5 + at + 12)).fma(w, a5);
            a6 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x6 + at + 12)).fma(w, a6);
            a7 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x7 + at + 12)).fma(w, a7);
        }
        a0.intoMemorySegment(y, y0, ORDER);
        a1.intoMemorySegment(y, y0 + yStride, ORDER);
        a2.intoMemorySegment(y, y0 + 2 * yStride, ORDER);
        a3.intoMemorySegment(y, y0 + 3 * yStride, ORDER);
        a4.intoMemorySegment(y, y0 + 4 * yStride, ORDER);
        a5.intoMemorySegment(y, y0 + 5 * yStride, ORDER);
        a6.intoMemorySegment(y, y0 + 6 * yStride, ORDER);
        a7.intoMemorySegment(y, y0 + 7 * yStride, ORDER);
    }

    private static void rows4(
            MemorySegment scratch,
            long weights,
            long table,
            int quads,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride) {
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        FloatVector a0 = loadFloats(y, y0);
        FloatVector a1 = loadFloats(y, y0 + yStride);
        FloatVector a2 = loadFloats(y, y0 + 2 * yStride);
        FloatVector a3 = loadFloats(y, y0 + 3 * yStride);
        for (int quad = 0; quad < quads; quad++) {
            long at = scratch.get(INT, table + quad * 4L);
            long line = weights + quad * (4 * LINE);
            FloatVector w = loadFloats(scratch, line);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at)).fma(w, a3);
            w = loadFloats(scratch, line + LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 4)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 4)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at + 4)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at + 4)).fma(w, a3);
            w = loadFloats(scratch, line + 2 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 8)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 8)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at + 8)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at + 8)).fma(w, a3);
            w = loadFloats(scratch, line + 3 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 12)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 12)).fma(w, a1);
            a2 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x2 + at + 12)).fma(w, a2);
            a3 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x3 + at + 12)).fma(w, a3);
        }
        a0.intoMemorySegment(y, y0, ORDER);
        a1.intoMemorySegment(y, y0 + yStride, ORDER);
        a2.intoMemorySegment(y, y0 + 2 * yStride, ORDER);
        a3.intoMemorySegment(y, y0 + 3 * yStride, ORDER);
    }

    private static void rows2(
            MemorySegment scratch,
            long weights,
            long table,
            int quads,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment y,
            long y0,
            long yStride) {
        long x1 = x0 + xStride;
        FloatVector a0 = loadFloats(y, y0);
        FloatVector a1 = loadFloats(y, y0 + yStride);
        for (int quad = 0; quad < quads; quad++) {
            long at = scratch.get(INT, table + quad * 4L);
            long line = weights + quad * (4 * LINE);
            FloatVector w = loadFloats(scratch, line);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at)).fma(w, a1);
            w = loadFloats(scratch, line + LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 4)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 4)).fma(w, a1);
            w = loadFloats(scratch, line + 2 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 8)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 8)).fma(w, a1);
            w = loadFloats(scratch, line + 3 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 12)).fma(w, a0);
            a1 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x1 + at + 12)).fma(w, a1);
        }
        a0.intoMemorySegment(y, y0, ORDER);
        a1.intoMemorySegment(y, y0 + yStride, ORDER);
    }

    private static void row1(
            MemorySegment scratch,
            long weights,
            long table,
            int quads,
            MemorySegment x,
            long x0,
            MemorySegment y,
            long y0) {
        FloatVector a0 = loadFloats(y, y0);
        for (int quad = 0; quad < quads; quad++) {
            long at = scratch.get(INT, table + quad * 4L);
            long line = weights + quad * (4 * LINE);
            FloatVector w = loadFloats(scratch, line);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at)).fma(w, a0);
            w = loadFloats(scratch, line + LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 4)).fma(w, a0);
            w = loadFloats(scratch, line + 2 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 8)).fma(w, a0);
            w = loadFloats(scratch, line + 3 * LINE);
            a0 = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + at + 12)).fma(w, a0);
        }
        a0.intoMemorySegment(y, y0, ORDER);
    }
}
