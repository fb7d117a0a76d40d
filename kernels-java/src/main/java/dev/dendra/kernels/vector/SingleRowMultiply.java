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

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of activations by two strips of weights over all of K, codes made floats in registers: the decode path, where
 * each weight is read once. The additions and their order are those of {@link RowBlockMultiply}, so that a row's result
 * is the same alone and in a batch.
 *
 * <p>A loop runs over units of 8 inputs and ends a group at every fourth. The bodies are written out, and not nested: the
 * JIT keeps the bounds checks of short nested loops, does not inline a helper that is itself compiled to more than
 * {@code InlineSmallCode} bytes, and boxes a vector that crosses a call.
 */
final class SingleRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BF16_ODD = 0xffff0000;
    private static final int UNIT = 8;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private SingleRowMultiply() {}

    /**
     * Writes the results of strips {@code a} and {@code b} to {@code ya} and {@code yb}; weights of encoding {@code i8}
     * stay unscaled. The row begins at byte {@code x0} of {@code x}, its {@link GroupSums} at byte {@code sums0} of {@code sums}.
     *
     * @throws IllegalArgumentException for encoding {@code f32}, which {@link RowBlockMultiply} reads as it is
     */
    static void strips(
            PackedMatrix w,
            int a,
            int b,
            MemorySegment x,
            long x0,
            MemorySegment sums,
            long sums0,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment s = w.segment();
        long wa = PanelStrips.offset(w.layout(), a);
        long wb = PanelStrips.offset(w.layout(), b);
        int units = w.layout().paddedColumns() / UNIT;
        switch (w.encoding()) {
            case BF16 -> bf16(s, wa, wb, units, x, x0, sums, sums0, y, ya, yb);
            case I8 -> i8(s, wa, wb, units, x, x0, sums, sums0, y, ya, yb);
            case I8G32 -> i8g32(s, wa, wb, units, x, x0, sums, sums0, y, ya, yb);
            case U4G32 -> u4g32(s, wa, wb, units, x, x0, sums, sums0, y, ya, yb);
            case F32 -> throw new IllegalArgumentException(w.name() + ": f32 weights need no dequantising");
        }
    }

    private static void bf16(
            MemorySegment w,
            long wa,
            long wb,
            int units,
            MemorySegment x,
            long x0,
            MemorySegment sums,
            long sums0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector totalA = FloatVector.zero(FLOATS);
        FloatVector totalB = totalA;
        FloatVector a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, sums0));
        FloatVector b = a;
        for (int unit = 0; unit < units; unit++) {
            long line = unit * (4 * LINE);
            long xu = x0 + unit * (UNIT * 4L);
            IntVector va;
            IntVector vb;
            FloatVector q;
            va = IntVector.fromMemorySegment(INTS, w, wa + line, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu));
            a = q.fma(va.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a);
            b = q.fma(vb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 4));
            a = q.fma(va.and(BF16_ODD).reinterpretAsFloats(), a);
            b = q.fma(vb.and(BF16_ODD).reinterpretAsFloats(), b);
            va = IntVector.fromMemorySegment(INTS, w, wa + line + LINE, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line + LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 8));
            a = q.fma(va.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a);
            b = q.fma(vb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 12));
            a = q.fma(va.and(BF16_ODD).reinterpretAsFloats(), a);
            b = q.fma(vb.and(BF16_ODD).reinterpretAsFloats(), b);
            va = IntVector.fromMemorySegment(INTS, w, wa + line + 2 * LINE, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line + 2 * LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 16));
            a = q.fma(va.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a);
            b = q.fma(vb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 20));
            a = q.fma(va.and(BF16_ODD).reinterpretAsFloats(), a);
            b = q.fma(vb.and(BF16_ODD).reinterpretAsFloats(), b);
            va = IntVector.fromMemorySegment(INTS, w, wa + line + 3 * LINE, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line + 3 * LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 24));
            a = q.fma(va.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a);
            b = q.fma(vb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 28));
            a = q.fma(va.and(BF16_ODD).reinterpretAsFloats(), a);
            b = q.fma(vb.and(BF16_ODD).reinterpretAsFloats(), b);
            if ((unit & 3) == 3) {
                totalA = totalA.add(a);
                totalB = totalB.add(b);
                a = FloatVector.zero(FLOATS);
                b = a;
            }
        }
        totalA.intoMemorySegment(y, ya, ORDER);
        totalB.intoMemorySegment(y, yb, ORDER);
    }

    private static void i8(
            MemorySegment w,
            long wa,
            long wb,
            int units,
            MemorySegment x,
            long x0,
            MemorySegment sums,
            long sums0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector totalA = FloatVector.zero(FLOATS);
        FloatVector totalB = totalA;
        FloatVector a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, sums0));
        FloatVector b = a;
        for (int unit = 0; unit < units; unit++) {
            long line = LINE + unit * (2 * LINE);
            long xu = x0 + unit * (UNIT * 4L);
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
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 4));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 8));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 12));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            va = IntVector.fromMemorySegment(INTS, w, wa + line + LINE, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line + LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 16));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 20));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 24));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 28));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            if ((unit & 3) == 3) {
                long entry = sums0 + (unit >> 2) * GroupSums.ENTRY;
                totalA = totalA.add(a);
                totalB = totalB.add(b);
                a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, entry + GroupSums.ENTRY));
                b = a;
            }
        }
        totalA.intoMemorySegment(y, ya, ORDER);
        totalB.intoMemorySegment(y, yb, ORDER);
    }

    private static void i8g32(
            MemorySegment w,
            long wa,
            long wb,
            int units,
            MemorySegment x,
            long x0,
            MemorySegment sums,
            long sums0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector totalA = FloatVector.zero(FLOATS);
        FloatVector totalB = totalA;
        FloatVector a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, sums0));
        FloatVector b = a;
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every sixteen of codes.
            long line = LINE + unit * (2 * LINE) + (unit >> 3) * LINE;
            long xu = x0 + unit * (UNIT * 4L);
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
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 4));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 8));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 12));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            va = IntVector.fromMemorySegment(INTS, w, wa + line + LINE, ORDER);
            vb = IntVector.fromMemorySegment(INTS, w, wb + line + LINE, ORDER);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 16));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 20));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 24));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 28));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(BYTE_MASK)
                            .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                            .reinterpretAsFloats(),
                    b);
            if ((unit & 3) == 3) {
                long entry = sums0 + (unit >> 2) * GroupSums.ENTRY;
                long scales = (unit >> 3) * (17 * LINE);
                int placed = (unit & 4) == 0 ? 16 : 0;
                totalA = IntVector.fromMemorySegment(INTS, w, wa + scales, ORDER)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .fma(a, totalA);
                totalB = IntVector.fromMemorySegment(INTS, w, wb + scales, ORDER)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .fma(b, totalB);
                a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, entry + GroupSums.ENTRY));
                b = a;
            }
        }
        totalA.intoMemorySegment(y, ya, ORDER);
        totalB.intoMemorySegment(y, yb, ORDER);
    }

    private static void u4g32(
            MemorySegment w,
            long wa,
            long wb,
            int units,
            MemorySegment x,
            long x0,
            MemorySegment sums,
            long sums0,
            MemorySegment y,
            long ya,
            long yb) {
        FloatVector totalA = FloatVector.zero(FLOATS);
        FloatVector totalB = totalA;
        FloatVector a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, sums0));
        FloatVector b = a;
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every four of codes.
            long line = LINE + unit * LINE + (unit >> 2) * LINE;
            long xu = x0 + unit * (UNIT * 4L);
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
            a = q.fma(a0.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b0.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 4));
            a = q.fma(a1.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b1.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 8));
            a = q.fma(a2.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b2.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 12));
            a = q.fma(a3.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b3.and(LOW_MASK).or(LOW_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 16));
            a = q.fma(a0.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b0.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 20));
            a = q.fma(a1.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b1.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 24));
            a = q.fma(a2.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b2.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, xu + 28));
            a = q.fma(a3.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), a);
            b = q.fma(b3.and(HIGH_MASK).or(HIGH_EXPONENT).reinterpretAsFloats(), b);
            if ((unit & 3) == 3) {
                long entry = sums0 + (unit >> 2) * GroupSums.ENTRY;
                long scales = line - 4 * LINE;
                FloatVector sum = FloatVector.broadcast(FLOATS, sums.get(FLOAT, entry + GroupSums.PLAIN));
                IntVector pa = IntVector.fromMemorySegment(INTS, w, wa + scales, ORDER);
                totalA = pa.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .fma(a, totalA);
                totalA = pa.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .fma(sum, totalA);
                IntVector pb = IntVector.fromMemorySegment(INTS, w, wb + scales, ORDER);
                totalB = pb.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .fma(b, totalB);
                totalB = pb.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .fma(sum, totalB);
                a = FloatVector.broadcast(FLOATS, sums.get(FLOAT, entry + GroupSums.ENTRY));
                b = a;
            }
        }
        totalA.intoMemorySegment(y, ya, ORDER);
        totalB.intoMemorySegment(y, yb, ORDER);
    }
}
