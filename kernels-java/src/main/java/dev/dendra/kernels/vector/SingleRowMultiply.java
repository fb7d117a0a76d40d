// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of activations by two strips of weights, dequantised in registers: the decode path, where each weight is read
 * once. Two strips give the processor two chains of additions to overlap; within each the order is that of
 * {@link RowBlockMultiply}, so that a row's result is the same alone and in a batch.
 *
 * <p>The loop bodies are written out: the JIT does not inline a helper that is itself compiled to more than
 * {@code InlineSmallCode} bytes, and a vector that crosses a call is boxed.
 */
final class SingleRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private SingleRowMultiply() {}

    /**
     * Adds the products of inputs {@code from .. from + count} to the results of strips {@code a} and {@code b} at
     * {@code ya} and {@code yb}; {@code x0} is the row's first byte. Weights of encoding {@code i8} stay unscaled.
     */
    static void strips(
            PackedMatrix w,
            int a,
            int b,
            int from,
            int count,
            MemorySegment x,
            long x0,
            MemorySegment y,
            long ya,
            long yb,
            MemorySegment scratch) {
        MemorySegment s = w.segment();
        long ca = PanelStrips.codes(w.layout(), a);
        long cb = PanelStrips.codes(w.layout(), b);
        long xk = x0 + from * 4L;
        long sb = GroupScales.bytes(count);
        switch (w.encoding()) {
            case F32 -> f32(s, ca + from * LINE, cb + from * LINE, count, x, xk, y, ya, yb);
            case BF16 -> bf16(s, ca + from / 2 * LINE, cb + from / 2 * LINE, count / 2, x, xk, y, ya, yb);
            case I8 -> i8(s, ca + from / 4 * LINE, cb + from / 4 * LINE, count / 4, x, xk, y, ya, yb);
            case I8G32 -> {
                GroupScales.scales(w, a, from, count, scratch, 0);
                GroupScales.scales(w, b, from, count, scratch, sb);
                long offset = from / 4 * LINE;
                i8g32(s, ca + offset, cb + offset, count / GroupScales.UNIT, scratch, sb, x, xk, y, ya, yb);
            }
            case U4G32 -> {
                GroupScales.affine(w, a, from, count, scratch, 0);
                GroupScales.affine(w, b, from, count, scratch, sb);
                long offset = from / 8 * LINE;
                u4g32(s, ca + offset, cb + offset, count / GroupScales.UNIT, scratch, sb, x, xk, y, ya, yb);
            }
        }
    }

    private static void f32(
            MemorySegment w,
            long ca,
            long cb,
            int columns,
            MemorySegment x,
            long x0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int k = 0; k < columns; k++) {
            FloatVector q = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + k * 4L));
            a = q.fma(FloatVector.fromMemorySegment(FLOATS, w, ca + k * LINE, ORDER), a);
            b = q.fma(FloatVector.fromMemorySegment(FLOATS, w, cb + k * LINE, ORDER), b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void bf16(
            MemorySegment w, long ca, long cb, int lines, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int line = 0; line < lines; line++) {
            IntVector pa = IntVector.fromMemorySegment(INTS, w, ca + line * LINE, ORDER);
            IntVector pb = IntVector.fromMemorySegment(INTS, w, cb + line * LINE, ORDER);
            FloatVector even = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 8L));
            FloatVector odd = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 8L + 4));
            a = odd.fma(Codes.bf16Odd(pa), even.fma(Codes.bf16Even(pa), a));
            b = odd.fma(Codes.bf16Odd(pb), even.fma(Codes.bf16Even(pb), b));
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void i8(
            MemorySegment w, long ca, long cb, int lines, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int line = 0; line < lines; line++) {
            IntVector qa = IntVector.fromMemorySegment(INTS, w, ca + line * LINE, ORDER);
            IntVector qb = IntVector.fromMemorySegment(INTS, w, cb + line * LINE, ORDER);
            FloatVector q = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 16L));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 24)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 24)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 16L + 4));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 16L + 8));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 8)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 8)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 16L + 12));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0)),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0)),
                    b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void i8g32(
            MemorySegment w,
            long ca,
            long cb,
            int units,
            MemorySegment scratch,
            long sb,
            MemorySegment x,
            long x0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int unit = 0; unit < units; unit++) {
            FloatVector scaleA = FloatVector.fromMemorySegment(FLOATS, scratch, unit * GroupScales.SCALE_ENTRY, ORDER);
            FloatVector scaleB =
                    FloatVector.fromMemorySegment(FLOATS, scratch, sb + unit * GroupScales.SCALE_ENTRY, ORDER);
            long line = unit * (2 * LINE);
            long xk = x0 + unit * 32L;
            IntVector qa = IntVector.fromMemorySegment(INTS, w, ca + line, ORDER);
            IntVector qb = IntVector.fromMemorySegment(INTS, w, cb + line, ORDER);
            FloatVector q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 4));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 8));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 12));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            qa = IntVector.fromMemorySegment(INTS, w, ca + line + LINE, ORDER);
            qb = IntVector.fromMemorySegment(INTS, w, cb + line + LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 16));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 20));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 24));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 28));
            a = q.fma(
                    ((FloatVector) qa.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA),
                    a);
            b = q.fma(
                    ((FloatVector) qb.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB),
                    b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void u4g32(
            MemorySegment w,
            long ca,
            long cb,
            int units,
            MemorySegment scratch,
            long sb,
            MemorySegment x,
            long x0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int unit = 0; unit < units; unit++) {
            long entry = unit * GroupScales.AFFINE_ENTRY;
            FloatVector scaleA = FloatVector.fromMemorySegment(FLOATS, scratch, entry, ORDER);
            FloatVector minimumA = FloatVector.fromMemorySegment(FLOATS, scratch, entry + BYTES, ORDER);
            FloatVector scaleB = FloatVector.fromMemorySegment(FLOATS, scratch, sb + entry, ORDER);
            FloatVector minimumB = FloatVector.fromMemorySegment(FLOATS, scratch, sb + entry + BYTES, ORDER);
            IntVector na = IntVector.fromMemorySegment(INTS, w, ca + unit * LINE, ORDER);
            IntVector nb = IntVector.fromMemorySegment(INTS, w, cb + unit * LINE, ORDER);
            long xk = x0 + unit * 32L;
            FloatVector q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk));
            a = q.fma(
                    ((FloatVector) na.and(0xf).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA, minimumA), a);
            b = q.fma(
                    ((FloatVector) nb.and(0xf).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB, minimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 4));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 8)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 8)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 8));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 16)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 16)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 12));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 24)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 24)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 16));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 4)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 4)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 20));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 12)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 12)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 24));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 20)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 20)
                                    .and(0xf)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xk + 28));
            a = q.fma(
                    ((FloatVector) na.lanewise(VectorOperators.LSHR, 28).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    ((FloatVector) nb.lanewise(VectorOperators.LSHR, 28).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .fma(scaleB, minimumB),
                    b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }
}
