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
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of activations by two 1x1 panels, expanded in registers by AVX-512 VBMI2: {@link QuadRowMultiply} for single
 * codes.
 */
final class CodeRowMultiply {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Byte> HALF_BYTES = ByteVector.SPECIES_256;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final int BF16_ODD = 0xffff0000;
    private static final long LINE = PanelLayout.LINE_BYTES;

    /** {@link MantissaCodes#LOW_EXPONENT}, with the sign of a nibble turned over. */
    private static final int SIGNED_EXPONENT = LOW_EXPONENT | 8 << 15;

    /** Whether registers and processor have what it takes. */
    static final boolean AVAILABLE = ByteExpansion.AVAILABLE;

    private CodeRowMultiply() {}

    /** See {@link QuadRowMultiply#panels}. */
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
            int bitsA = w.get(INT, masksA + line * 4L);
            int bitsB = w.get(INT, masksB + line * 4L);
            IntVector pa = ShortVector.fromMemorySegment(SHORTS, w, atA, ORDER)
                    .expand(VectorMask.fromLong(SHORTS, bitsA))
                    .reinterpretAsInts();
            IntVector pb = ShortVector.fromMemorySegment(SHORTS, w, atB, ORDER)
                    .expand(VectorMask.fromLong(SHORTS, bitsB))
                    .reinterpretAsInts();
            FloatVector even = FloatVector.broadcast(FLOATS, x.get(FLOAT, line * 8L));
            FloatVector odd = FloatVector.broadcast(FLOATS, x.get(FLOAT, line * 8L + 4));
            a = odd.fma(
                    pa.and(BF16_ODD).reinterpretAsFloats(),
                    even.fma(pa.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), a));
            b = odd.fma(
                    pb.and(BF16_ODD).reinterpretAsFloats(),
                    even.fma(pb.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), b));
            atA += Integer.bitCount(bitsA) * 2L;
            atB += Integer.bitCount(bitsB) * 2L;
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
            long bitsA = w.get(LONG, masksA + quad * 8L);
            long bitsB = w.get(LONG, masksB + quad * 8L);
            IntVector va = ByteVector.fromMemorySegment(BYTES, w, atA, ORDER)
                    .expand(VectorMask.fromLong(BYTES, bitsA))
                    .reinterpretAsInts();
            IntVector vb = ByteVector.fromMemorySegment(BYTES, w, atB, ORDER)
                    .expand(VectorMask.fromLong(BYTES, bitsB))
                    .reinterpretAsInts();
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
            atA += Long.bitCount(bitsA);
            atB += Long.bitCount(bitsB);
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
            long bitsA = w.get(LONG, masksA + quad * 8L);
            long bitsB = w.get(LONG, masksB + quad * 8L);
            IntVector va = ByteVector.fromMemorySegment(BYTES, w, atA, ORDER)
                    .expand(VectorMask.fromLong(BYTES, bitsA))
                    .reinterpretAsInts();
            IntVector vb = ByteVector.fromMemorySegment(BYTES, w, atB, ORDER)
                    .expand(VectorMask.fromLong(BYTES, bitsB))
                    .reinterpretAsInts();
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
            atA += Long.bitCount(bitsA);
            atB += Long.bitCount(bitsB);
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
            long bitsA = w.get(LONG, masksA + quad * 8L);
            long bitsB = w.get(LONG, masksB + quad * 8L);
            ShortVector sa = (ShortVector) ByteVector.fromMemorySegment(HALF_BYTES, w, atA, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
            ShortVector sb = (ShortVector) ByteVector.fromMemorySegment(HALF_BYTES, w, atB, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
            IntVector va = sa.or(sa.lanewise(VectorOperators.LSHL, 4))
                    .and((short) 0x0f0f)
                    .reinterpretAsBytes()
                    .expand(VectorMask.fromLong(BYTES, bitsA))
                    .reinterpretAsInts();
            IntVector vb = sb.or(sb.lanewise(VectorOperators.LSHL, 4))
                    .and((short) 0x0f0f)
                    .reinterpretAsBytes()
                    .expand(VectorMask.fromLong(BYTES, bitsB))
                    .reinterpretAsInts();
            FloatVector q;
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_0)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 4));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHL, LEFT_1)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 8));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_2)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            q = FloatVector.broadcast(FLOATS, x.get(FLOAT, quad * 16L + 12));
            a = q.fma(
                    va.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleA, minimumA),
                    a);
            b = q.fma(
                    vb.lanewise(VectorOperators.LSHR, RIGHT_3)
                            .and(LOW_MASK)
                            .lanewise(VectorOperators.XOR, SIGNED_EXPONENT)
                            .reinterpretAsFloats()
                            .fma(scaleB, minimumB),
                    b);
            atA += (Long.bitCount(bitsA) + 1) / 2;
            atB += (Long.bitCount(bitsB) + 1) / 2;
        }
        a.intoMemorySegment(results, ya, ORDER);
        b.intoMemorySegment(results, yb, ORDER);
    }
}
