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
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dequantises a stretch of a strip into scratch, in the layout of an {@code f32} panel: input {@code k} of
 * the stretch at {@code k * 64}. Done once per stretch and then multiplied with every row of the batch. Bodies are written out
 * for the JIT's sake, see {@link SingleRowMultiply}.
 */
final class WeightExpansion {
    private static final int BF16_ODD = 0xffff0000;
    private static final int UNIT = 8;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private WeightExpansion() {}

    /**
     * Expands {@code count} inputs, a multiple of 4 and of the group, to byte {@code to} of {@code scratch}. Weights of
     * encoding {@code i8} stay unscaled. Encoding {@code f32} has nothing to expand.
     *
     * @param lines a strip's part of the first line of codes
     */
    static void expand(Encoding encoding, MemorySegment w, long lines, int count, MemorySegment scratch, long to) {
        switch (encoding) {
            case BF16 -> bf16(w, lines, count / 2, scratch, to);
            case I8 -> i8(w, lines, count / 4, scratch, to);
            case I8G32 -> i8g32(w, lines, count / UNIT, scratch, to);
            case U4G32 -> u4g32(w, lines, count / UNIT, scratch, to);
            case F32 -> throw new IllegalArgumentException("f32 is expanded already");
        }
    }

    private static void bf16(MemorySegment w, long lines, int count, MemorySegment scratch, long to) {
        for (int i = 0; i < count; i++) {
            IntVector pairs = IntVector.fromMemorySegment(INTS, w, lines + i * LINE, ORDER);
            pairs.lanewise(VectorOperators.LSHL, 16).intoMemorySegment(scratch, to + i * (2 * LINE), ORDER);
            pairs.and(BF16_ODD).intoMemorySegment(scratch, to + i * (2 * LINE) + LINE, ORDER);
        }
    }

    private static void i8(MemorySegment w, long lines, int count, MemorySegment scratch, long to) {
        for (int i = 0; i < count; i++) {
            IntVector v = IntVector.fromMemorySegment(INTS, w, lines + i * LINE, ORDER);
            long target = to + i * (4 * LINE);
            v.lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)
                    .intoMemorySegment(scratch, target, ORDER);
            v.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)
                    .intoMemorySegment(scratch, target + LINE, ORDER);
            v.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)
                    .intoMemorySegment(scratch, target + 2 * LINE, ORDER);
            v.lanewise(VectorOperators.ASHR, 24)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)
                    .intoMemorySegment(scratch, target + 3 * LINE, ORDER);
        }
    }

    private static void i8g32(MemorySegment w, long lines, int units, MemorySegment scratch, long to) {
        FloatVector scale = FloatVector.zero(FLOATS);
        FloatVector minimum = scale;
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every sixteen of codes.
            long line = lines + unit * (2 * LINE) + (unit >> 3) * LINE;
            long target = to + unit * (8 * LINE);
            if ((unit & 3) == 0) {
                long scales = lines - LINE + (unit >> 3) * (17 * LINE);
                scale = IntVector.fromMemorySegment(INTS, w, scales, ORDER)
                        .lanewise(VectorOperators.LSHL, (unit & 4) == 0 ? 16 : 0)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimum = scale.mul(-MantissaCodes.BYTE_OFFSET);
            }
            IntVector v = IntVector.fromMemorySegment(INTS, w, line, ORDER);
            v.lanewise(VectorOperators.LSHL, LEFT_0)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target, ORDER);
            v.lanewise(VectorOperators.LSHL, LEFT_1)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + LINE, ORDER);
            v.lanewise(VectorOperators.LSHR, RIGHT_2)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + 2 * LINE, ORDER);
            v.lanewise(VectorOperators.LSHR, RIGHT_3)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + 3 * LINE, ORDER);
            v = IntVector.fromMemorySegment(INTS, w, line + LINE, ORDER);
            v.lanewise(VectorOperators.LSHL, LEFT_0)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + 4 * LINE, ORDER);
            v.lanewise(VectorOperators.LSHL, LEFT_1)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + 5 * LINE, ORDER);
            v.lanewise(VectorOperators.LSHR, RIGHT_2)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + 6 * LINE, ORDER);
            v.lanewise(VectorOperators.LSHR, RIGHT_3)
                    .and(BYTE_MASK)
                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, minimum)
                    .intoMemorySegment(scratch, target + 7 * LINE, ORDER);
        }
    }

    private static void u4g32(MemorySegment w, long lines, int units, MemorySegment scratch, long to) {
        FloatVector scale = FloatVector.zero(FLOATS);
        FloatVector lowMinimum = scale;
        FloatVector highMinimum = scale;
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every four of codes.
            long line = lines + unit * LINE + (unit >> 2) * LINE;
            long target = to + unit * (8 * LINE);
            if ((unit & 3) == 0) {
                IntVector pair = IntVector.fromMemorySegment(INTS, w, line - LINE, ORDER);
                scale = pair.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                highMinimum = pair.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                lowMinimum = scale.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.LOW_OFFSET), highMinimum);
                highMinimum = scale.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.HIGH_OFFSET), highMinimum);
            }
            IntVector v = IntVector.fromMemorySegment(INTS, w, line, ORDER);
            IntVector s0 = v.lanewise(VectorOperators.LSHL, LEFT_0);
            s0.and(LOW_MASK)
                    .or(LOW_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, lowMinimum)
                    .intoMemorySegment(scratch, target, ORDER);
            s0.and(HIGH_MASK)
                    .or(HIGH_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, highMinimum)
                    .intoMemorySegment(scratch, target + 4 * LINE, ORDER);
            IntVector s1 = v.lanewise(VectorOperators.LSHL, LEFT_1);
            s1.and(LOW_MASK)
                    .or(LOW_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, lowMinimum)
                    .intoMemorySegment(scratch, target + LINE, ORDER);
            s1.and(HIGH_MASK)
                    .or(HIGH_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, highMinimum)
                    .intoMemorySegment(scratch, target + 5 * LINE, ORDER);
            IntVector s2 = v.lanewise(VectorOperators.LSHR, RIGHT_2);
            s2.and(LOW_MASK)
                    .or(LOW_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, lowMinimum)
                    .intoMemorySegment(scratch, target + 2 * LINE, ORDER);
            s2.and(HIGH_MASK)
                    .or(HIGH_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, highMinimum)
                    .intoMemorySegment(scratch, target + 6 * LINE, ORDER);
            IntVector s3 = v.lanewise(VectorOperators.LSHR, RIGHT_3);
            s3.and(LOW_MASK)
                    .or(LOW_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, lowMinimum)
                    .intoMemorySegment(scratch, target + 3 * LINE, ORDER);
            s3.and(HIGH_MASK)
                    .or(HIGH_EXPONENT)
                    .reinterpretAsFloats()
                    .fma(scale, highMinimum)
                    .intoMemorySegment(scratch, target + 7 * LINE, ORDER);
        }
    }
}
