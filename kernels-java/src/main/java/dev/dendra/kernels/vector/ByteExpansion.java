// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.platform.CpuFeatures;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What {@link CodeExpansion} does, a line at a time, in 512 bits: byte and short lanes are expanded by one instruction of
 * AVX-512 VBMI2, and as objects without it.
 */
final class ByteExpansion {
    /** Whether this processor has the instruction, and kernels the width. */
    static final boolean AVAILABLE =
            VectorSpeciesChoice.BITS == 512 && CpuFeatures.detect().has("avx512_vbmi2");

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_512;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
    private static final VectorSpecies<Byte> HALF_BYTES = ByteVector.SPECIES_256;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private ByteExpansion() {}

    /** See {@link QuadExpansion#expand}. */
    static long expand(
            Encoding encoding, MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        return switch (encoding) {
            case BF16 -> bf16(w, masks, from, 2 * quads, scratch, to);
            case I8 -> i8(w, masks, from, quads, scratch, to + LINE);
            case I8G32 -> i8g32(w, masks, from, quads, scratch, to);
            case U4G32 -> u4g32(w, masks, from, quads, scratch, to);
            case F32 -> throw new AssertionError(encoding);
        };
    }

    private static long bf16(MemorySegment w, long masks, long from, int lines, MemorySegment scratch, long to) {
        MemorySegment image = NativeMemory.known(scratch);
        long at = from;
        for (int line = 0; line < lines; line++) {
            int bits = w.get(INT, masks + line * 4L);
            ShortVector.fromMemorySegment(SHORTS, w, at, ORDER)
                    .expand(VectorMask.fromLong(SHORTS, bits))
                    .intoMemorySegment(image, to + line * LINE, ORDER);
            at += Integer.bitCount(bits) * 2L;
        }
        return at;
    }

    private static long i8(MemorySegment w, long masks, long from, int lines, MemorySegment scratch, long to) {
        MemorySegment image = NativeMemory.known(scratch);
        long at = from;
        for (int line = 0; line < lines; line++) {
            long bits = w.get(LONG, masks + line * 8L);
            ByteVector.fromMemorySegment(BYTES, w, at, ORDER)
                    .expand(VectorMask.fromLong(BYTES, bits))
                    .intoMemorySegment(image, to + line * LINE, ORDER);
            at += Long.bitCount(bits);
        }
        return at;
    }

    private static long i8g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.I8_QUADS) {
            long target = to + ScaleLines.i8Block(quad);
            ScaleLines.copy(w, at, scratch, target);
            at = i8(w, masks + quad * 8L, at + LINE, ScaleLines.I8_QUADS, scratch, target + LINE);
        }
        return at;
    }

    private static long u4g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.U4_QUADS) {
            long target = to + ScaleLines.u4Block(quad);
            ScaleLines.copy(w, at, scratch, target);
            at = u4(w, masks + quad * 8L, at + LINE, ScaleLines.U4_QUADS / 2, scratch, target + LINE);
        }
        return at;
    }

    /** Two quad-lines share a line of the dense panel: those with even numbers have the low nibbles. */
    private static long u4(MemorySegment w, long masks, long from, int lines, MemorySegment scratch, long to) {
        MemorySegment image = NativeMemory.known(scratch);
        long low = from;
        for (int line = 0; line < lines; line++) {
            long lowBits = w.get(LONG, masks + line * 16L);
            long highBits = w.get(LONG, masks + line * 16L + 8);
            long high = low + (Long.bitCount(lowBits) + 1) / 2;
            ShortVector v = (ShortVector) ByteVector.fromMemorySegment(HALF_BYTES, w, low, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
            ShortVector h = (ShortVector) ByteVector.fromMemorySegment(HALF_BYTES, w, high, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
            // Two nibbles of a byte go to two bytes.
            v = v.or(v.lanewise(VectorOperators.LSHL, 4)).and((short) 0x0f0f);
            h = h.lanewise(VectorOperators.LSHL, 4)
                    .or(h.lanewise(VectorOperators.LSHL, 8))
                    .and((short) 0xf0f0);
            v.reinterpretAsBytes()
                    .expand(VectorMask.fromLong(BYTES, lowBits))
                    .or(h.reinterpretAsBytes().expand(VectorMask.fromLong(BYTES, highBits)))
                    .lanewise(VectorOperators.XOR, (byte) ScaleLines.SIGNS)
                    .intoMemorySegment(image, to + line * LINE, ORDER);
            low = high + (Long.bitCount(highBits) + 1) / 2;
        }
        return low;
    }
}
