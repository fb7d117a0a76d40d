// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A stretch of a 1x4 panel as the stretch of a dense panel that it stands for. A quad is a 32-bit lane, or half of one in
 * u4g32: the live ones, in order, are spread over the lanes whose mask bits are set. That is one instruction of AVX-512;
 * narrower registers look the order of lanes up, since what the Vector API does there instead is slower, and very slow
 * without AVX2.
 *
 * <p>Loops run over the strips of all quad-lines, one register each.
 */
final class QuadExpansion {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final VectorSpecies<Short> HALF_SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(VectorSpeciesChoice.BITS / 2));
    private static final int STRIPS = PanelStrips.PER_PANEL;
    private static final int STRIP_BITS = (1 << LANES) - 1;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private QuadExpansion() {}

    /**
     * Expands whole blocks, or any quad-lines where the encoding has none.
     *
     * @param masks of the first quad-line
     * @param from what is stored of the first quad-line, or the scales before it
     * @param to the block in {@code scratch}; the line of scales of {@code i8} is left out
     * @return where what is stored of the next quad-line begins
     */
    static long expand(
            Encoding encoding, MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        return switch (encoding) {
            case BF16 -> lines(w, masks, from, 2 * quads * STRIPS, 1, scratch, to);
            case I8 -> lines(w, masks, from, quads * STRIPS, 0, scratch, to + LINE);
            case I8G32 -> i8g32(w, masks, from, quads, scratch, to);
            case U4G32 -> u4g32(w, masks, from, quads, scratch, to);
            case F32 -> throw new AssertionError(encoding);
        };
    }

    /**
     * Lines whose codes are whole bytes.
     *
     * @param linesShift logarithm to base 2 of the lines that a quad-line takes: 1 in bf16
     */
    private static long lines(
            MemorySegment w, long masks, long from, int strips, int linesShift, MemorySegment scratch, long to) {
        MemorySegment image = NativeMemory.known(scratch);
        MemorySegment orders = NativeMemory.known(QuadTable.SEGMENT);
        long at = from;
        for (int strip = 0; strip < strips; strip++) {
            int quad = (strip / STRIPS) >> linesShift;
            int bits = w.get(SHORT, masks + quad * 2L) >>> (strip % STRIPS * LANES) & STRIP_BITS;
            IntVector v = IntVector.fromMemorySegment(INTS, w, at, ORDER);
            if (QuadTable.USED) {
                IntVector order = IntVector.fromMemorySegment(INTS, orders, bits * (long) BYTES, ORDER);
                v = order.selectFrom(v)
                        .and(order.lanewise(VectorOperators.ASHR, 31).not());
            } else {
                v = v.expand(VectorMask.fromLong(INTS, bits));
            }
            v.intoMemorySegment(image, to + strip * (long) BYTES, ORDER);
            at += Integer.bitCount(bits) * 4L;
        }
        return at;
    }

    private static long i8g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.I8_QUADS) {
            long target = to + ScaleLines.i8Block(quad);
            ScaleLines.copy(w, at, scratch, target);
            at = lines(w, masks + quad * 2L, at + LINE, ScaleLines.I8_QUADS * STRIPS, 0, scratch, target + LINE);
        }
        return at;
    }

    private static long u4g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.U4_QUADS) {
            long target = to + ScaleLines.u4Block(quad);
            ScaleLines.copy(w, at, scratch, target);
            at = u4(w, masks + quad * 2L, at + LINE, ScaleLines.U4_QUADS / 2 * STRIPS, scratch, target + LINE);
        }
        return at;
    }

    /** Two quad-lines share a line of the dense panel: those with even numbers have the low nibbles. */
    private static long u4(MemorySegment w, long masks, long from, int strips, MemorySegment scratch, long to) {
        MemorySegment image = NativeMemory.known(scratch);
        MemorySegment orders = NativeMemory.known(QuadTable.SEGMENT);
        long low = from;
        long high = from;
        for (int strip = 0; strip < strips; strip++) {
            int line = strip / STRIPS;
            if (strip % STRIPS == 0) {
                low = high;
                high += Integer.bitCount(w.get(SHORT, masks + line * 4L) & 0xffff) * 2L;
            }
            int shift = strip % STRIPS * LANES;
            int lowBits = w.get(SHORT, masks + line * 4L) >>> shift & STRIP_BITS;
            int highBits = w.get(SHORT, masks + line * 4L + 2) >>> shift & STRIP_BITS;
            IntVector v = (IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, w, low, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            IntVector h = (IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, w, high, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            if (QuadTable.USED) {
                IntVector order = IntVector.fromMemorySegment(INTS, orders, lowBits * (long) BYTES, ORDER);
                v = order.selectFrom(v)
                        .and(order.lanewise(VectorOperators.ASHR, 31).not());
                order = IntVector.fromMemorySegment(INTS, orders, highBits * (long) BYTES, ORDER);
                h = order.selectFrom(h)
                        .and(order.lanewise(VectorOperators.ASHR, 31).not());
            } else {
                v = v.expand(VectorMask.fromLong(INTS, lowBits));
                h = h.expand(VectorMask.fromLong(INTS, highBits));
            }
            // Nibble j of 16 bits goes to byte j: bytes apart first, then nibbles.
            v = v.or(v.lanewise(VectorOperators.LSHL, 8)).and(0x00ff00ff);
            v = v.or(v.lanewise(VectorOperators.LSHL, 4)).and(0x0f0f0f0f);
            h = h.or(h.lanewise(VectorOperators.LSHL, 8)).and(0x00ff00ff);
            h = h.lanewise(VectorOperators.LSHL, 4)
                    .or(h.lanewise(VectorOperators.LSHL, 8))
                    .and(0xf0f0f0f0);
            v.or(h)
                    .lanewise(VectorOperators.XOR, ScaleLines.SIGNS)
                    .intoMemorySegment(image, to + strip * (long) BYTES, ORDER);
            low += Integer.bitCount(lowBits) * 2L;
            high += Integer.bitCount(highBits) * 2L;
        }
        return high;
    }
}
