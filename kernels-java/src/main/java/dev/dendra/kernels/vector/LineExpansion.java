// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BITS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.SHORTS;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
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
    private static final VectorSpecies<Byte> HALF_BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(BITS / 2));
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
            case I8G32 -> i8g32(w, masks, from, quads * STRIPS, scratch, to);
            case U4G32 -> u4g32(w, masks, from, quads / 2 * STRIPS, scratch, to);
            case F32, BF16, I8 -> throw new AssertionError(encoding);
        };
    }

    private static long i8g32(MemorySegment w, long masks, long from, int strips, MemorySegment scratch, long to) {
        long at = from;
        for (int strip = 0; strip < strips; strip++) {
            // A line of scales before every sixteen of codes.
            int line = strip / STRIPS;
            long target = to + LINE + (line >> 4) * LINE + strip * (long) BYTES;
            if ((line & 15) == 0 && strip % STRIPS == 0) {
                at += scales(w, w.get(SHORT, masks + (line >> 3)), at, scratch, target - LINE);
            }
            int live = w.get(BYTE, masks + (line >> 3)) >> (line & 7) & 1;
            IntVector.fromMemorySegment(INTS, w, at + strip % STRIPS * (long) BYTES, ORDER)
                    .and(-live)
                    .intoMemorySegment(scratch, target, ORDER);
            at += strip % STRIPS == STRIPS - 1 ? live * LINE : 0;
        }
        return at;
    }

    /** Two quad-lines share a line of the dense panel: those with even numbers have the low nibbles. */
    private static long u4g32(MemorySegment w, long masks, long from, int strips, MemorySegment scratch, long to) {
        long at = from;
        for (int strip = 0; strip < strips; strip++) {
            int line = strip / STRIPS;
            long target = to + LINE + (line >> 2) * LINE + strip * (long) BYTES;
            if ((line & 3) == 0 && strip % STRIPS == 0) {
                at += scales(w, w.get(BYTE, masks + (line >> 2)), at, scratch, target - LINE);
            }
            int pair = w.get(BYTE, masks + (line >> 2)) >> ((line & 3) * 2);
            int lowLive = pair & 1;
            int highLive = pair >> 1 & 1;
            long high = at + lowLive * (LINE / 2);
            long part = strip % STRIPS * (BYTES / 2L);
            ShortVector v = (ShortVector) ByteVector.fromMemorySegment(HALF_BYTES, w, at + part, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
            ShortVector h = (ShortVector) ByteVector.fromMemorySegment(HALF_BYTES, w, high + part, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0);
            // Two nibbles of a byte go to two bytes.
            v = v.or(v.lanewise(VectorOperators.LSHL, 4)).and((short) (0x0f0f & -lowLive));
            h = h.lanewise(VectorOperators.LSHL, 4)
                    .or(h.lanewise(VectorOperators.LSHL, 8))
                    .and((short) (0xf0f0 & -highLive));
            v.or(h).lanewise(VectorOperators.XOR, (short) ScaleLines.SIGNS).intoMemorySegment(scratch, target, ORDER);
            at += strip % STRIPS == STRIPS - 1 ? (lowLive + highLive) * (LINE / 2) : 0;
        }
        return at;
    }

    /** The scales of a block, zero if it has no live codes; returns the bytes that are stored of them. */
    private static long scales(MemorySegment w, int bits, long from, MemorySegment scratch, long to) {
        int stored = bits == 0 ? 0 : 1;
        for (long i = 0; i < LINE; i += BYTES) {
            IntVector.fromMemorySegment(INTS, w, from + i, ORDER)
                    .and(-stored)
                    .intoMemorySegment(scratch, to + i, ORDER);
        }
        return stored * LINE;
    }
}
