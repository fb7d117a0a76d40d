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
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of activations by two 1x4 panels, expanded in registers of 512 bits: {@link SingleRowMultiply} without a copy of
 * the weights, and with memory read all the time. Loops run over quad-lines.
 */
final class QuadRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final VectorSpecies<Short> HALF_SHORTS = ShortVector.SPECIES_256;
    private static final int BF16_ODD = 0xffff0000;
    private static final long LINE = PanelLayout.LINE_BYTES;

    /** {@link MantissaCodes#LOW_EXPONENT}, with the sign of a nibble turned over. */
    private static final int SIGNED_EXPONENT = LOW_EXPONENT | 8 << 15;

    /** Whether registers and processor have what it takes. */
    static final boolean AVAILABLE = VectorSpeciesChoice.BITS == 512;

    private QuadRowMultiply() {}

    /**
     * Adds the products of two panels to what {@code ya} and {@code yb} hold; weights of encoding {@code i8} stay unscaled.
     *
     * @param masksA masks of panel {@code a}
     * @param fromA what is stored of its first quad-line, or the scales before it
     * @param columns inputs, padded
     */
    static void panels(
            Encoding encoding,
            MemorySegment w,
            long masksA,
            long masksB,
            long fromA,
            long fromB,
            int columns,
            MemorySegment x,
            MemorySegment y,
            long ya,
            long yb) {
        switch (encoding) {
            case BF16 -> bf16(w, masksA, masksB, fromA, fromB, columns / 2, x, y, ya, yb);
            case I8 -> i8(w, masksA, masksB, fromA, fromB, columns / 4, x, y, ya, yb);
            case I8G32 -> i8g32(w, masksA, masksB, fromA, fromB, columns / 4, x, y, ya, yb);
            case U4G32 -> u4g32(w, masksA, masksB, fromA, fromB, columns / 4, x, y, ya, yb);
            case F32 -> throw new AssertionError(encoding);
        }
    }

    private static void bf16(
            MemorySegment w,
            long masksA,
            long masksB,
            long fromA,
            long fromB,
            int lines,
            MemorySegment x,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        long atA = fromA;
        long atB = fromB;
        for (int line = 0; line < lines; line++) {
            int bitsA = w.get(SHORT, masksA + (line >> 1) * 2L) & 0xffff;
            int bitsB = w.get(SHORT, masksB + (line >> 1) * 2L) & 0xffff;
            IntVector pa = loadInts(w, atA).expand(VectorMask.fromLong(INTS, bitsA));
            IntVector pb = loadInts(w, atB).expand(VectorMask.fromLong(INTS, bitsB));
            FloatVector even = FloatVector.broadcast(FLOATS, x.get(FLOAT, line * 8L));
            FloatVector odd = FloatVector.broadcast(FLOATS, x.get(FLOAT, line * 8L + 4));
            a = odd.fma(
                    pa.and(BF16_ODD).reinterpretAsFloats(),
                    even.fma(pa.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a));
            b = odd.fma(
                    pb.and(BF16_ODD).reinterpretAsFloats(),
                    even.fma(pb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b));
            atA += Integer.bitCount(bitsA) * 4L;
            atB += Integer.bitCount(bitsB) * 4L;
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }

    private static void i8(
            MemorySegment w,
            long masksA,
            long masksB,
            long fromA,
            long fromB,
            int quads,
            MemorySegment x,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        long atA = fromA;
        long atB = fromB;
        for (int quad = 0; quad < quads; quad++) {
            int bitsA = w.get(SHORT, masksA + quad * 2L) & 0xffff;
            int bitsB = w.get(SHORT, masksB + quad * 2L) & 0xffff;
            IntVector va = loadInts(w, atA).expand(VectorMask.fromLong(INTS, bitsA));
            IntVector vb = loadInts(w, atB).expand(VectorMask.fromLong(INTS, bitsB));
            FloatVector q;
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L));
            a = q.fma(
                    (FloatVector) va.lanewise(VectorOperators.LSHL, 24)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0),
                    a);
            b = q.fma(
                    (FloatVector) vb.lanewise(VectorOperators.LSHL, 24)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 4));
            a = q.fma(
                    (FloatVector) va.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0),
                    a);
            b = q.fma(
                    (FloatVector) vb.lanewise(VectorOperators.LSHL, 16)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 8));
            a = q.fma(
                    (FloatVector) va.lanewise(VectorOperators.LSHL, 8)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0),
                    a);
            b = q.fma(
                    (FloatVector) vb.lanewise(VectorOperators.LSHL, 8)
                            .lanewise(VectorOperators.ASHR, 24)
                            .convertShape(VectorOperators.I2F, FLOATS, 0),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 12));
            a = q.fma(
                    (FloatVector) va.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0),
                    a);
            b = q.fma(
                    (FloatVector) vb.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0),
                    b);
            atA += Integer.bitCount(bitsA) * 4L;
            atB += Integer.bitCount(bitsB) * 4L;
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }

    /** A line of scales before every sixteen quad-lines, of which each half has its own. */
    private static void i8g32(
            MemorySegment w,
            long masksA,
            long masksB,
            long fromA,
            long fromB,
            int quads,
            MemorySegment x,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        FloatVector scaleA = a;
        FloatVector minimumA = a;
        FloatVector scaleB = a;
        FloatVector minimumB = a;
        long scalesA = 0;
        long scalesB = 0;
        long atA = fromA;
        long atB = fromB;
        for (int quad = 0; quad < quads; quad++) {
            if ((quad & 7) == 0) {
                if ((quad & 8) == 0) {
                    scalesA = atA;
                    scalesB = atB;
                    atA += LINE;
                    atB += LINE;
                }
                int placed = (quad & 8) == 0 ? 16 : 0;
                scaleA = loadInts(w, scalesA)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumA = scaleA.mul(-MantissaCodes.BYTE_OFFSET);
                scaleB = loadInts(w, scalesB)
                        .lanewise(VectorOperators.LSHL, placed)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumB = scaleB.mul(-MantissaCodes.BYTE_OFFSET);
            }
            int bitsA = w.get(SHORT, masksA + quad * 2L) & 0xffff;
            int bitsB = w.get(SHORT, masksB + quad * 2L) & 0xffff;
            IntVector va = loadInts(w, atA).expand(VectorMask.fromLong(INTS, bitsA));
            IntVector vb = loadInts(w, atB).expand(VectorMask.fromLong(INTS, bitsB));
            FloatVector q;
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L));
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
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 4));
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
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 8));
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
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 12));
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
            atA += Integer.bitCount(bitsA) * 4L;
            atB += Integer.bitCount(bitsB) * 4L;
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }

    /** A line of scales before every eight quad-lines. Codes are signed nibbles; with their sign turned they are those of dense lines. */
    private static void u4g32(
            MemorySegment w,
            long masksA,
            long masksB,
            long fromA,
            long fromB,
            int quads,
            MemorySegment x,
            MemorySegment y,
            long ya,
            long yb) {
        MemorySegment results = NativeMemory.known(y);
        FloatVector a = loadFloats(results, ya);
        FloatVector b = loadFloats(results, yb);
        FloatVector scaleA = a;
        FloatVector minimumA = a;
        FloatVector scaleB = a;
        FloatVector minimumB = a;
        long atA = fromA;
        long atB = fromB;
        for (int quad = 0; quad < quads; quad++) {
            if ((quad & 7) == 0) {
                IntVector pa = loadInts(w, atA);
                IntVector pb = loadInts(w, atB);
                scaleA = pa.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumA = pa.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .add(scaleA.mul(-MantissaCodes.LOW_OFFSET));
                scaleB = pb.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS);
                minimumB = pb.lanewise(VectorOperators.ASHR, HalfFloats.EXPONENT_SHIFT)
                        .and(HalfFloats.PLACED)
                        .reinterpretAsFloats()
                        .mul(HalfFloats.REBIAS)
                        .add(scaleB.mul(-MantissaCodes.LOW_OFFSET));
                atA += LINE;
                atB += LINE;
            }
            int bitsA = w.get(SHORT, masksA + quad * 2L) & 0xffff;
            int bitsB = w.get(SHORT, masksB + quad * 2L) & 0xffff;
            IntVector va = ((IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, w, atA, ORDER)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0))
                    .expand(VectorMask.fromLong(INTS, bitsA));
            IntVector vb = ((IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, w, atB, ORDER)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0))
                    .expand(VectorMask.fromLong(INTS, bitsB));
            FloatVector q;
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, 15)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, 15)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 4));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, 11)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, 11)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 8));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, 7)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, 7)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 12));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, 3)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, 3)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            atA += Integer.bitCount(bitsA) * 2L;
            atB += Integer.bitCount(bitsB) * 2L;
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }
}
