// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.MantissaCodes.BYTE_EXPONENT;
import static dev.dendra.kernels.vector.MantissaCodes.BYTE_MASK;
import static dev.dendra.kernels.vector.MantissaCodes.HIGH_EXPONENT;
import static dev.dendra.kernels.vector.MantissaCodes.HIGH_MASK;
import static dev.dendra.kernels.vector.MantissaCodes.LEFT_0;
import static dev.dendra.kernels.vector.MantissaCodes.LEFT_1;
import static dev.dendra.kernels.vector.MantissaCodes.LOW_EXPONENT;
import static dev.dendra.kernels.vector.MantissaCodes.LOW_MASK;
import static dev.dendra.kernels.vector.MantissaCodes.RIGHT_2;
import static dev.dendra.kernels.vector.MantissaCodes.RIGHT_3;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of activations by two strips of weights, dequantised in registers: the decode path, where each weight is read
 * once. Two strips give the processor two chains of additions to overlap; within each the order is that
 * of {@link RowBlockMultiply}, and weights are computed as by {@link WeightExpansion}, so that a row's result is the
 * same alone and in a batch.
 *
 * <p>Loops run over units of 8 inputs and fetch scales at the first unit of a group. The bodies are written out and not
 * nested: the JIT keeps the bounds checks of short nested loops, does not inline a helper that is itself compiled to
 * more than {@code InlineSmallCode} bytes, and boxes a vector that crosses a call.
 */
final class SingleRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BF16_ODD = 0xffff0000;
    private static final int UNIT = 8;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private SingleRowMultiply() {}

    /**
     * Adds the products of two strips to what {@code ya} and {@code yb} hold; weights of encoding {@code i8} stay
     * unscaled.
     *
     * @param wa a strip's part of the block of weights that the first input is in, its line of scales first
     * @param count inputs, a multiple of 4, or of the group where the encoding has groups
     * @param x0 byte of the first activation
     */
    static void strips(
            Encoding encoding,
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long x0,
            MemorySegment y,
            long ya,
            long yb) {
        switch (encoding) {
            case F32 -> f32(w, wa, wb, count, x, x0, y, ya, yb);
            case BF16 -> bf16(w, wa, wb, count / 2, x, x0, y, ya, yb);
            case I8 -> i8(w, wa + LINE, wb + LINE, count / 4, x, x0, y, ya, yb);
            case I8G32 -> i8g32(w, wa, wb, count / UNIT, x, x0, y, ya, yb);
            case U4G32 -> u4g32(w, wa, wb, count / UNIT, x, x0, y, ya, yb);
        }
    }

    private static void f32(
            MemorySegment w,
            long wa,
            long wb,
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
            a = q.fma(FloatVector.fromMemorySegment(FLOATS, w, wa + k * LINE, ORDER), a);
            b = q.fma(FloatVector.fromMemorySegment(FLOATS, w, wb + k * LINE, ORDER), b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void bf16(
            MemorySegment w, long wa, long wb, int lines, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int line = 0; line < lines; line++) {
            IntVector pa = IntVector.fromMemorySegment(INTS, w, wa + line * LINE, ORDER);
            IntVector pb = IntVector.fromMemorySegment(INTS, w, wb + line * LINE, ORDER);
            FloatVector even = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 8L));
            FloatVector odd = FloatVector.broadcast(FLOATS, x.get(FLOAT, x0 + line * 8L + 4));
            a = odd.fma(
                    pa.and(BF16_ODD).reinterpretAsFloats(),
                    even.fma(pa.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a));
            b = odd.fma(
                    pb.and(BF16_ODD).reinterpretAsFloats(),
                    even.fma(pb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b));
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void i8(
            MemorySegment w, long wa, long wb, int lines, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        for (int line = 0; line < lines; line++) {
            IntVector qa = IntVector.fromMemorySegment(INTS, w, wa + line * LINE, ORDER);
            IntVector qb = IntVector.fromMemorySegment(INTS, w, wb + line * LINE, ORDER);
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
            MemorySegment w, long wa, long wb, int units, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        FloatVector scaleA = a;
        FloatVector minimumA = a;
        FloatVector scaleB = a;
        FloatVector minimumB = a;
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every sixteen of codes.
            long line = LINE + unit * (2 * LINE) + (unit >> 3) * LINE;
            long xu = x0 + unit * (UNIT * 4L);
            if ((unit & 3) == 0) {
                long scales = (unit >> 3) * (17 * LINE);
                int placed = (unit & 4) == 0 ? 16 : 0;
                scaleA = IntVector.fromMemorySegment(INTS, w, wa + scales, ORDER)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumA = scaleA.mul(-MantissaCodes.BYTE_OFFSET);
                scaleB = IntVector.fromMemorySegment(INTS, w, wb + scales, ORDER)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumB = scaleB.mul(-MantissaCodes.BYTE_OFFSET);
            }
            IntVector va;
            IntVector vb;
            FloatVector q;
            va = IntVector.fromMemorySegment(INTS, w, wa + line, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 4));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 8));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 12));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            va = IntVector.fromMemorySegment(INTS, w, wa + line + LINE, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line + LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 16));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 20));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 24));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 28));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }

    private static void u4g32(
            MemorySegment w, long wa, long wb, int units, MemorySegment x, long x0, MemorySegment y, long ya, long yb) {
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, y, ya, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, y, yb, ORDER);
        FloatVector scaleA = a;
        FloatVector lowMinimumA = a;
        FloatVector highMinimumA = a;
        FloatVector scaleB = a;
        FloatVector lowMinimumB = a;
        FloatVector highMinimumB = a;
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every four of codes.
            long line = LINE + unit * LINE + (unit >> 2) * LINE;
            long xu = x0 + unit * (UNIT * 4L);
            if ((unit & 3) == 0) {
                IntVector pa = IntVector.fromMemorySegment(INTS, w, wa + line - LINE, ORDER);
                scaleA = pa.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                highMinimumA = pa.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                lowMinimumA = scaleA.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.LOW_OFFSET), highMinimumA);
                highMinimumA = scaleA.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.HIGH_OFFSET), highMinimumA);
                IntVector pb = IntVector.fromMemorySegment(INTS, w, wb + line - LINE, ORDER);
                scaleB = pb.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                highMinimumB = pb.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                lowMinimumB = scaleB.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.LOW_OFFSET), highMinimumB);
                highMinimumB = scaleB.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.HIGH_OFFSET), highMinimumB);
            }
            IntVector va = IntVector.fromMemorySegment(INTS, w, wa + line, ORDER);
            IntVector a0 = va.lanewise(VectorOperators.LSHL, LEFT_0);
            IntVector a1 = va.lanewise(VectorOperators.LSHL, LEFT_1);
            IntVector a2 = va.lanewise(VectorOperators.LSHR, RIGHT_2);
            IntVector a3 = va.lanewise(VectorOperators.LSHR, RIGHT_3);
            IntVector vb = IntVector.fromMemorySegment(INTS, w, wb + line, ORDER);
            IntVector b0 = vb.lanewise(VectorOperators.LSHL, LEFT_0);
            IntVector b1 = vb.lanewise(VectorOperators.LSHL, LEFT_1);
            IntVector b2 = vb.lanewise(VectorOperators.LSHR, RIGHT_2);
            IntVector b3 = vb.lanewise(VectorOperators.LSHR, RIGHT_3);
            FloatVector q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu));
            a = q.fma(a0.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleA, lowMinimumA), a);
            b = q.fma(b0.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleB, lowMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 4));
            a = q.fma(a1.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleA, lowMinimumA), a);
            b = q.fma(b1.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleB, lowMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 8));
            a = q.fma(a2.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleA, lowMinimumA), a);
            b = q.fma(b2.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleB, lowMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 12));
            a = q.fma(a3.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleA, lowMinimumA), a);
            b = q.fma(b3.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats().fma(scaleB, lowMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 16));
            a = q.fma(a0.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleA, highMinimumA), a);
            b = q.fma(b0.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleB, highMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 20));
            a = q.fma(a1.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleA, highMinimumA), a);
            b = q.fma(b1.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleB, highMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 24));
            a = q.fma(a2.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleA, highMinimumA), a);
            b = q.fma(b2.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleB, highMinimumB), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 28));
            a = q.fma(a3.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleA, highMinimumA), a);
            b = q.fma(b3.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats().fma(scaleB, highMinimumB), b);
        }
        a.intoMemorySegment(y, ya, ORDER);
        b.intoMemorySegment(y, yb, ORDER);
    }
}
