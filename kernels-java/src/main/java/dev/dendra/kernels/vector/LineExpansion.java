// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BITS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A stretch of a 16x4 panel whose groups have scales, as the stretch of a dense panel that it stands for. Every line is
 * loaded and cleared if it is dead, which spares branches that nothing predicts.
 */
final class LineExpansion {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final VectorSpecies<Short> HALF_SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));
    private static final int STRIPS = PanelStrips.PER_PANEL;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private LineExpansion() {}

    /**
     * Expands whole blocks of {@code i8g32} or {@code u4g32}, from a multiple of 64 inputs on; see
     * {@link QuadExpansion#expand}.
     *
     * @param masks the byte with the first quad-line's bit
     */
    static long expand(
            Encoding encoding, MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        return switch (encoding) {
            case I8G32 -> i8g32(w, masks, from, quads, scratch, to);
            case U4G32 -> u4g32(w, masks, from, quads, scratch, to);
            case F32, BF16, I8 -> throw new AssertionError(encoding);
        };
    }

    private static long i8g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.I8_QUADS) {
            long target = to + ScaleLines.i8Block(quad);
            int bits = w.get(SHORT, masks + quad / 8);
            at += scales(w, bits, at, scratch, target);
            at = i8(w, bits, at, ScaleLines.I8_QUADS * STRIPS, scratch, target + LINE);
        }
        return at;
    }

    private static long u4g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.U4_QUADS) {
            long target = to + ScaleLines.u4Block(quad);
            int bits = w.get(BYTE, masks + quad / 8);
            at += scales(w, bits, at, scratch, target);
            at = u4(w, bits, at, ScaleLines.U4_QUADS / 2 * STRIPS, scratch, target + LINE);
        }
        return at;
    }

    /** The scales of a block, zero if it has no live codes; returns the bytes that are stored of them. */
    private static long scales(MemorySegment w, int bits, long from, MemorySegment scratch, long to) {
        if (bits == 0) {
            ScaleLines.clear(scratch, to);
            return 0;
        }
        ScaleLines.copy(w, from, scratch, to);
        return LINE;
    }

    private static long i8(MemorySegment w, int bits, long from, int strips, MemorySegment scratch, long to) {
        MemorySegment source = NativeMemory.known(w);
        MemorySegment image = NativeMemory.known(scratch);
        long at = from;
        for (int strip = 0; strip < strips; strip++) {
            int live = bits >> (strip / STRIPS) & 1;
            IntVector.fromMemorySegment(INTS, source, at + strip % STRIPS * (long) BYTES, ORDER)
                    .and(-live)
                    .intoMemorySegment(image, to + strip * (long) BYTES, ORDER);
            at += strip % STRIPS == STRIPS - 1 ? live * LINE : 0;
        }
        return at;
    }

    /** Two quad-lines share a line of the dense panel: those with even numbers have the low nibbles. */
    private static long u4(MemorySegment w, int bits, long from, int strips, MemorySegment scratch, long to) {
        MemorySegment source = NativeMemory.known(w);
        MemorySegment image = NativeMemory.known(scratch);
        long at = from;
        for (int strip = 0; strip < strips; strip++) {
            int pair = bits >> (strip / STRIPS * 2);
            int lowLive = pair & 1;
            int highLive = pair >> 1 & 1;
            long part = strip % STRIPS * (BYTES / 2L);
            long high = at + lowLive * (LINE / 2);
            IntVector v = (IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, source, at + part, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            IntVector h = (IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, source, high + part, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            // Nibble j of 16 bits goes to byte j: bytes apart first, then nibbles.
            v = v.or(v.lanewise(VectorOperators.LSHL, 8)).and(0x00ff00ff);
            v = v.or(v.lanewise(VectorOperators.LSHL, 4)).and(0x0f0f0f0f & -lowLive);
            h = h.or(h.lanewise(VectorOperators.LSHL, 8)).and(0x00ff00ff);
            h = h.lanewise(VectorOperators.LSHL, 4)
                    .or(h.lanewise(VectorOperators.LSHL, 8))
                    .and(0xf0f0f0f0 & -highLive);
            v.or(h)
                    .lanewise(VectorOperators.XOR, ScaleLines.SIGNS)
                    .intoMemorySegment(image, to + strip * (long) BYTES, ORDER);
            at += strip % STRIPS == STRIPS - 1 ? (lowLive + highLive) * (LINE / 2) : 0;
        }
        return at;
    }
}
