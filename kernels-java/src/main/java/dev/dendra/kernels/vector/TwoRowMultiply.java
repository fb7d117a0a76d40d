// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.MantissaCodes.BYTE_EXPONENT;
import static dev.dendra.kernels.vector.MantissaCodes.BYTE_MASK;
import static dev.dendra.kernels.vector.MantissaCodes.LEFT_0;
import static dev.dendra.kernels.vector.MantissaCodes.LEFT_1;
import static dev.dendra.kernels.vector.MantissaCodes.LOW_EXPONENT;
import static dev.dendra.kernels.vector.MantissaCodes.LOW_MASK;
import static dev.dendra.kernels.vector.MantissaCodes.RIGHT_2;
import static dev.dendra.kernels.vector.MantissaCodes.RIGHT_3;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link SingleRowMultiply} where each strip has activations of its own: those gathered for two panels that differ in what
 * lives. Loops run over 4 inputs, since twice as many activations in a body of 8 are more than the JIT inlines.
 */
final class TwoRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BF16_ODD = 0xffff0000;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private TwoRowMultiply() {}

    /**
     * Adds the products of two strips to what {@code ya} and {@code yb} hold; weights of encoding {@code i8} stay
     * unscaled.
     *
     * @param wa a strip's part of the block of weights that the first input is in, its line of scales first
     * @param count inputs, a multiple of 4, or of the group where the encoding has groups
     * @param xa byte of the first activation of strip {@code a}
     */
    static void strips(
            Encoding encoding,
            MemorySegment w,
            long wa,
            long wb,
            int count,
            MemorySegment x,
            long xa,
            long xb,
            MemorySegment y,
            long ya,
            long yb) {
        switch (encoding) {
            case BF16 -> bf16(w, wa, wb, count / 2, x, xa, xb, y, ya, yb);
            case I8 -> i8(w, wa + LINE, wb + LINE, count / 4, x, xa, xb, y, ya, yb);
            case I8G32 -> i8g32(w, wa, wb, count / 4, x, xa, xb, y, ya, yb);
            case U4G32 -> u4g32(w, wa, wb, count / 4, x, xa, xb, y, ya, yb);
            case F32 -> throw new AssertionError(encoding);
        }
    }

    private static void bf16(
            MemorySegment w,
            long wa,
            long wb,
            int lines,
            MemorySegment x,
            long xa,
            long xb,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment weights = NativeMemory.known(w);
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        for (int line = 0; line < lines; line++) {
            IntVector pa = loadInts(weights, wa + line * LINE);
            IntVector pb = loadInts(weights, wb + line * LINE);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 8L))
                    .fma(pa.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 8L))
                    .fma(pb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 8L + 4))
                    .fma(pa.and(BF16_ODD).reinterpretAsFloats(), a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 8L + 4))
                    .fma(pb.and(BF16_ODD).reinterpretAsFloats(), b);
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }

    private static void i8(
            MemorySegment w,
            long wa,
            long wb,
            int lines,
            MemorySegment x,
            long xa,
            long xb,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment weights = NativeMemory.known(w);
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        for (int line = 0; line < lines; line++) {
            IntVector qa = loadInts(weights, wa + line * LINE);
            IntVector qb = loadInts(weights, wb + line * LINE);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L))
                    .fma(
                            (FloatVector) qa.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L))
                    .fma(
                            (FloatVector) qb.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L + 4))
                    .fma(
                            (FloatVector) qa.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L + 4))
                    .fma(
                            (FloatVector) qb.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L + 8))
                    .fma(
                            (FloatVector) qa.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L + 8))
                    .fma(
                            (FloatVector) qb.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, FLOATS, 0),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L + 12))
                    .fma(
                            (FloatVector)
                                    qa.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L + 12))
                    .fma(
                            (FloatVector)
                                    qb.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0),
                            b);
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }

    private static void i8g32(
            MemorySegment w,
            long wa,
            long wb,
            int lines,
            MemorySegment x,
            long xa,
            long xb,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment weights = NativeMemory.known(w);
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        FloatVector scaleA = a;
        FloatVector minimumA = a;
        FloatVector scaleB = a;
        FloatVector minimumB = a;
        for (int line = 0; line < lines; line++) {
            if ((line & 7) == 0) {
                // A line of scales before every sixteen of codes.
                long scales = (line >> 4) * (17 * LINE);
                int placed = (line & 8) == 0 ? 16 : 0;
                scaleA = loadInts(weights, wa + scales)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumA = scaleA.mul(-MantissaCodes.BYTE_OFFSET);
                scaleB = loadInts(weights, wb + scales)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumB = scaleB.mul(-MantissaCodes.BYTE_OFFSET);
            }
            long codes = LINE + line * LINE + (line >> 4) * LINE;
            IntVector va = loadInts(weights, wa + codes);
            IntVector vb = loadInts(weights, wb + codes);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L))
                    .fma(
                            va.lanewise(VectorOperators.LSHL, LEFT_0)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L))
                    .fma(
                            vb.lanewise(VectorOperators.LSHL, LEFT_0)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L + 4))
                    .fma(
                            va.lanewise(VectorOperators.LSHL, LEFT_1)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L + 4))
                    .fma(
                            vb.lanewise(VectorOperators.LSHL, LEFT_1)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L + 8))
                    .fma(
                            va.lanewise(VectorOperators.LSHR, RIGHT_2)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L + 8))
                    .fma(
                            vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + line * 16L + 12))
                    .fma(
                            va.lanewise(VectorOperators.LSHR, RIGHT_3)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + line * 16L + 12))
                    .fma(
                            vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                                    .and(BYTE_MASK)
                                    .lanewise(VectorOperators.XOR, BYTE_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }

    /** A line holds two quads of inputs; its high nibbles are shifted to where the low ones are. */
    private static void u4g32(
            MemorySegment w,
            long wa,
            long wb,
            int quads,
            MemorySegment x,
            long xa,
            long xb,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment weights = NativeMemory.known(w);
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        FloatVector scaleA = a;
        FloatVector minimumA = a;
        FloatVector scaleB = a;
        FloatVector minimumB = a;
        for (int quad = 0; quad < quads; quad++) {
            // A line of scales before every four of codes.
            long codes = LINE + (quad >> 1) * LINE + (quad >> 3) * LINE;
            if ((quad & 7) == 0) {
                IntVector pa = loadInts(weights, wa + codes - LINE);
                scaleA = pa.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumA = scaleA.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.LOW_OFFSET), HalfFloats.high(pa));
                IntVector pb = loadInts(weights, wb + codes - LINE);
                scaleB = pb.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumB = scaleB.fma(FloatVector.broadcast(FLOATS, -MantissaCodes.LOW_OFFSET), HalfFloats.high(pb));
            }
            int nibble = (quad & 1) * 4;
            IntVector va = loadInts(weights, wa + codes).lanewise(VectorOperators.LSHR, nibble);
            IntVector vb = loadInts(weights, wb + codes).lanewise(VectorOperators.LSHR, nibble);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + quad * 16L))
                    .fma(
                            va.lanewise(VectorOperators.LSHL, LEFT_0)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + quad * 16L))
                    .fma(
                            vb.lanewise(VectorOperators.LSHL, LEFT_0)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + quad * 16L + 4))
                    .fma(
                            va.lanewise(VectorOperators.LSHL, LEFT_1)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + quad * 16L + 4))
                    .fma(
                            vb.lanewise(VectorOperators.LSHL, LEFT_1)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + quad * 16L + 8))
                    .fma(
                            va.lanewise(VectorOperators.LSHR, RIGHT_2)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + quad * 16L + 8))
                    .fma(
                            vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
            a = FloatVector.broadcast(FLOATS, x.get(FLOAT, xa + quad * 16L + 12))
                    .fma(
                            va.lanewise(VectorOperators.LSHR, RIGHT_3)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleA, minimumA),
                            a);
            b = FloatVector.broadcast(FLOATS, x.get(FLOAT, xb + quad * 16L + 12))
                    .fma(
                            vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                                    .and(LOW_MASK)
                                    .or(LOW_EXPONENT)
                                    .reinterpretAsFloats()
                                    .fma(scaleB, minimumB),
                            b);
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }
}
