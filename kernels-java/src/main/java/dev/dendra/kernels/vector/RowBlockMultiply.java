// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Register-blocked multiply: up to 6 rows of activations by 2 strips of codes as floats, accumulators in registers over
 * a group of 32 inputs. Twelve accumulators, two lines of codes and a broadcast fit the 16 registers of AVX2.
 *
 * <p>Each group's sum of products starts at what {@link GroupSums} has for it; at the group's end its scale and minimum
 * ({@link StripScales}) add it to the result in memory. So a result is one chain over ascending groups, each of them a
 * chain over ascending inputs, however K is cut.
 *
 * <p>Parameters of all blocks: strips {@code wa} and {@code wb} of {@code w} (input {@code k} at {@code + k * 64}),
 * {@code count} inputs, a multiple of 32; rows of {@code x} from byte {@code x0} every {@code xStride} bytes; in
 * {@code scratch} the stretch's scales and its sums, every {@code sumsStride} bytes a row; results at {@code ya} and
 * {@code yb} every {@code yStride} bytes.
 *
 * <p>Both strips' results are read before either is written, since an odd last strip comes paired with itself.
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
            MemorySegment scratch,
            long scales,
            long sums,
            long sumsStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride,
            int rows) {
        int row = 0;
        for (; row + 6 <= rows; row += 6) {
            rows6(
                    w,
                    wa,
                    wb,
                    count,
                    x,
                    x0 + row * xStride,
                    xStride,
                    scratch,
                    scales,
                    sums + row * sumsStride,
                    sumsStride,
                    y,
                    ya + row * yStride,
                    yb + row * yStride,
                    yStride);
        }
        if (row + 4 <= rows) {
            rows4(
                    w,
                    wa,
                    wb,
                    count,
                    x,
                    x0 + row * xStride,
                    xStride,
                    scratch,
                    scales,
                    sums + row * sumsStride,
                    sumsStride,
                    y,
                    ya + row * yStride,
                    yb + row * yStride,
                    yStride);
            row += 4;
        }
        if (row + 2 <= rows) {
            rows2(
                    w,
                    wa,
                    wb,
                    count,
                    x,
                    x0 + row * xStride,
                    xStride,
                    scratch,
                    scales,
                    sums + row * sumsStride,
                    sumsStride,
                    y,
                    ya + row * yStride,
                    yb + row * yStride,
                    yStride);
            row += 2;
        }
        if (row < rows) {
            rows1(
                    w,
                    wa,
                    wb,
                    count,
                    x,
                    x0 + row * xStride,
                    scratch,
                    scales,
                    sums + row * sumsStride,
                    y,
                    ya + row * yStride,
                    yb + row * yStride);
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
            MemorySegment scratch,
            long scales,
            long sums,
            long sumsStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride) {
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        long x4 = x3 + xStride;
        long x5 = x4 + xStride;
        FloatVector a0 = broadcast(scratch, sums);
        FloatVector b0 = a0;
        FloatVector a1 = broadcast(scratch, sums + sumsStride);
        FloatVector b1 = a1;
        FloatVector a2 = broadcast(scratch, sums + 2 * sumsStride);
        FloatVector b2 = a2;
        FloatVector a3 = broadcast(scratch, sums + 3 * sumsStride);
        FloatVector b3 = a3;
        FloatVector a4 = broadcast(scratch, sums + 4 * sumsStride);
        FloatVector b4 = a4;
        FloatVector a5 = broadcast(scratch, sums + 5 * sumsStride);
        FloatVector b5 = a5;
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
            if ((k & 31) == 31) {
                long entry = scales + (k >> 5) * StripScales.ENTRY;
                long group = sums + (k >> 5) * GroupSums.ENTRY;
                q = broadcast(scratch, group + GroupSums.PLAIN);
                a0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a0, loadFloats(y, ya)));
                b0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b0, loadFloats(y, yb)));
                a0.intoMemorySegment(y, ya, ORDER);
                b0.intoMemorySegment(y, yb, ORDER);
                a0 = broadcast(scratch, group + GroupSums.ENTRY);
                b0 = a0;
                q = broadcast(scratch, group + sumsStride + GroupSums.PLAIN);
                a1 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a1, loadFloats(y, ya + yStride)));
                b1 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b1, loadFloats(y, yb + yStride)));
                a1.intoMemorySegment(y, ya + yStride, ORDER);
                b1.intoMemorySegment(y, yb + yStride, ORDER);
                a1 = broadcast(scratch, group + sumsStride + GroupSums.ENTRY);
                b1 = a1;
                q = broadcast(scratch, group + 2 * sumsStride + GroupSums.PLAIN);
                a2 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a2, loadFloats(y, ya + 2 * yStride)));
                b2 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b2, loadFloats(y, yb + 2 * yStride)));
                a2.intoMemorySegment(y, ya + 2 * yStride, ORDER);
                b2.intoMemorySegment(y, yb + 2 * yStride, ORDER);
                a2 = broadcast(scratch, group + 2 * sumsStride + GroupSums.ENTRY);
                b2 = a2;
                q = broadcast(scratch, group + 3 * sumsStride + GroupSums.PLAIN);
                a3 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a3, loadFloats(y, ya + 3 * yStride)));
                b3 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b3, loadFloats(y, yb + 3 * yStride)));
                a3.intoMemorySegment(y, ya + 3 * yStride, ORDER);
                b3.intoMemorySegment(y, yb + 3 * yStride, ORDER);
                a3 = broadcast(scratch, group + 3 * sumsStride + GroupSums.ENTRY);
                b3 = a3;
                q = broadcast(scratch, group + 4 * sumsStride + GroupSums.PLAIN);
                a4 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a4, loadFloats(y, ya + 4 * yStride)));
                b4 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b4, loadFloats(y, yb + 4 * yStride)));
                a4.intoMemorySegment(y, ya + 4 * yStride, ORDER);
                b4.intoMemorySegment(y, yb + 4 * yStride, ORDER);
                a4 = broadcast(scratch, group + 4 * sumsStride + GroupSums.ENTRY);
                b4 = a4;
                q = broadcast(scratch, group + 5 * sumsStride + GroupSums.PLAIN);
                a5 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a5, loadFloats(y, ya + 5 * yStride)));
                b5 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b5, loadFloats(y, yb + 5 * yStride)));
                a5.intoMemorySegment(y, ya + 5 * yStride, ORDER);
                b5.intoMemorySegment(y, yb + 5 * yStride, ORDER);
                a5 = broadcast(scratch, group + 5 * sumsStride + GroupSums.ENTRY);
                b5 = a5;
            }
        }
    }

    private static void rows4(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment scratch,
            long scales,
            long sums,
            long sumsStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride) {
        long x1 = x0 + xStride;
        long x2 = x1 + xStride;
        long x3 = x2 + xStride;
        FloatVector a0 = broadcast(scratch, sums);
        FloatVector b0 = a0;
        FloatVector a1 = broadcast(scratch, sums + sumsStride);
        FloatVector b1 = a1;
        FloatVector a2 = broadcast(scratch, sums + 2 * sumsStride);
        FloatVector b2 = a2;
        FloatVector a3 = broadcast(scratch, sums + 3 * sumsStride);
        FloatVector b3 = a3;
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
            if ((k & 31) == 31) {
                long entry = scales + (k >> 5) * StripScales.ENTRY;
                long group = sums + (k >> 5) * GroupSums.ENTRY;
                q = broadcast(scratch, group + GroupSums.PLAIN);
                a0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a0, loadFloats(y, ya)));
                b0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b0, loadFloats(y, yb)));
                a0.intoMemorySegment(y, ya, ORDER);
                b0.intoMemorySegment(y, yb, ORDER);
                a0 = broadcast(scratch, group + GroupSums.ENTRY);
                b0 = a0;
                q = broadcast(scratch, group + sumsStride + GroupSums.PLAIN);
                a1 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a1, loadFloats(y, ya + yStride)));
                b1 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b1, loadFloats(y, yb + yStride)));
                a1.intoMemorySegment(y, ya + yStride, ORDER);
                b1.intoMemorySegment(y, yb + yStride, ORDER);
                a1 = broadcast(scratch, group + sumsStride + GroupSums.ENTRY);
                b1 = a1;
                q = broadcast(scratch, group + 2 * sumsStride + GroupSums.PLAIN);
                a2 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a2, loadFloats(y, ya + 2 * yStride)));
                b2 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b2, loadFloats(y, yb + 2 * yStride)));
                a2.intoMemorySegment(y, ya + 2 * yStride, ORDER);
                b2.intoMemorySegment(y, yb + 2 * yStride, ORDER);
                a2 = broadcast(scratch, group + 2 * sumsStride + GroupSums.ENTRY);
                b2 = a2;
                q = broadcast(scratch, group + 3 * sumsStride + GroupSums.PLAIN);
                a3 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a3, loadFloats(y, ya + 3 * yStride)));
                b3 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b3, loadFloats(y, yb + 3 * yStride)));
                a3.intoMemorySegment(y, ya + 3 * yStride, ORDER);
                b3.intoMemorySegment(y, yb + 3 * yStride, ORDER);
                a3 = broadcast(scratch, group + 3 * sumsStride + GroupSums.ENTRY);
                b3 = a3;
            }
        }
    }

    private static void rows2(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            long xStride,
            MemorySegment scratch,
            long scales,
            long sums,
            long sumsStride,
            MemorySegment y,
            long ya,
            long yb,
            long yStride) {
        long x1 = x0 + xStride;
        FloatVector a0 = broadcast(scratch, sums);
        FloatVector b0 = a0;
        FloatVector a1 = broadcast(scratch, sums + sumsStride);
        FloatVector b1 = a1;
        for (int k = 0; k < count; k++) {
            FloatVector u = loadFloats(w, wa + k * LINE);
            FloatVector v = loadFloats(w, wb + k * LINE);
            FloatVector q = broadcast(x, x0 + k * 4L);
            a0 = q.fma(u, a0);
            b0 = q.fma(v, b0);
            q = broadcast(x, x1 + k * 4L);
            a1 = q.fma(u, a1);
            b1 = q.fma(v, b1);
            if ((k & 31) == 31) {
                long entry = scales + (k >> 5) * StripScales.ENTRY;
                long group = sums + (k >> 5) * GroupSums.ENTRY;
                q = broadcast(scratch, group + GroupSums.PLAIN);
                a0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a0, loadFloats(y, ya)));
                b0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b0, loadFloats(y, yb)));
                a0.intoMemorySegment(y, ya, ORDER);
                b0.intoMemorySegment(y, yb, ORDER);
                a0 = broadcast(scratch, group + GroupSums.ENTRY);
                b0 = a0;
                q = broadcast(scratch, group + sumsStride + GroupSums.PLAIN);
                a1 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a1, loadFloats(y, ya + yStride)));
                b1 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b1, loadFloats(y, yb + yStride)));
                a1.intoMemorySegment(y, ya + yStride, ORDER);
                b1.intoMemorySegment(y, yb + yStride, ORDER);
                a1 = broadcast(scratch, group + sumsStride + GroupSums.ENTRY);
                b1 = a1;
            }
        }
    }

    private static void rows1(
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            MemorySegment scratch,
            long scales,
            long sums,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector a0 = broadcast(scratch, sums);
        FloatVector b0 = a0;
        for (int k = 0; k < count; k++) {
            FloatVector u = loadFloats(w, wa + k * LINE);
            FloatVector v = loadFloats(w, wb + k * LINE);
            FloatVector q = broadcast(x, x0 + k * 4L);
            a0 = q.fma(u, a0);
            b0 = q.fma(v, b0);
            if ((k & 31) == 31) {
                long entry = scales + (k >> 5) * StripScales.ENTRY;
                long group = sums + (k >> 5) * GroupSums.ENTRY;
                q = broadcast(scratch, group + GroupSums.PLAIN);
                a0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_A),
                        loadFloats(scratch, entry).fma(a0, loadFloats(y, ya)));
                b0 = q.fma(
                        loadFloats(scratch, entry + StripScales.MINIMUM_B),
                        loadFloats(scratch, entry + StripScales.SCALE_B).fma(b0, loadFloats(y, yb)));
                a0.intoMemorySegment(y, ya, ORDER);
                b0.intoMemorySegment(y, yb, ORDER);
                a0 = broadcast(scratch, group + GroupSums.ENTRY);
                b0 = a0;
            }
        }
    }
}
