// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A stretch of a 1x1 panel as the stretch of a dense panel that it stands for, eight bytes at a time:
 * {@link Long#expand}, one instruction on most processors, first makes a mask of eight bytes out of eight bits, then
 * spreads the codes by it. Where byte lanes can be expanded, {@link ByteExpansion} is seven times as fast.
 */
final class CodeExpansion {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final long BYTE_LOWS = 0x0101010101010101L;
    private static final long SHORT_LOWS = 0x0001000100010001L;
    private static final long NIBBLE_SIGNS = 0x8888888888888888L;
    private static final long LINE = PanelLayout.LINE_BYTES;

    /** Words of 64 bits in a line. */
    private static final int WORDS = 8;

    private CodeExpansion() {}

    /** See {@link QuadExpansion#expand}. */
    static long expand(
            Encoding encoding, MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        return switch (encoding) {
            case BF16 -> bf16(w, masks, from, 2 * quads * WORDS, scratch, to);
            case I8 -> i8(w, masks, from, quads * WORDS, scratch, to + LINE);
            case I8G32 -> i8g32(w, masks, from, quads, scratch, to);
            case U4G32 -> u4g32(w, masks, from, quads, scratch, to);
            case F32 -> throw new AssertionError(encoding);
        };
    }

    private static long bf16(MemorySegment w, long masks, long from, int words, MemorySegment scratch, long to) {
        long at = from;
        for (int word = 0; word < words; word++) {
            int bits = w.get(BYTE, masks + (word >> 1)) >> ((word & 1) * 4) & 0xf;
            long spread = Long.expand(bits, SHORT_LOWS) * 0xffff;
            scratch.set(LONG, to + word * 8L, Long.expand(w.get(LONG, at), spread));
            at += Integer.bitCount(bits) * 2L;
        }
        return at;
    }

    private static long i8(MemorySegment w, long masks, long from, int words, MemorySegment scratch, long to) {
        long at = from;
        for (int word = 0; word < words; word++) {
            int bits = w.get(BYTE, masks + word) & 0xff;
            long spread = Long.expand(bits, BYTE_LOWS) * 0xff;
            scratch.set(LONG, to + word * 8L, Long.expand(w.get(LONG, at), spread));
            at += Integer.bitCount(bits);
        }
        return at;
    }

    private static long i8g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.I8_QUADS) {
            long target = to + ScaleLines.i8Block(quad);
            ScaleLines.copy(w, at, scratch, target);
            at = i8(w, masks + quad * 8L, at + LINE, ScaleLines.I8_QUADS * WORDS, scratch, target + LINE);
        }
        return at;
    }

    private static long u4g32(MemorySegment w, long masks, long from, int quads, MemorySegment scratch, long to) {
        long at = from;
        for (int quad = 0; quad < quads; quad += ScaleLines.U4_QUADS) {
            long target = to + ScaleLines.u4Block(quad);
            ScaleLines.copy(w, at, scratch, target);
            at = u4(w, masks + quad * 8L, at + LINE, ScaleLines.U4_QUADS / 2 * WORDS, scratch, target + LINE);
        }
        return at;
    }

    /** Two quad-lines share a line of the dense panel: those with even numbers have the low nibbles. */
    private static long u4(MemorySegment w, long masks, long from, int words, MemorySegment scratch, long to) {
        // In nibbles.
        long low = 0;
        long high = from * 2;
        for (int word = 0; word < words; word++) {
            long lowMask = masks + (word >> 3) * 16L + (word & 7);
            if ((word & 7) == 0) {
                // Each quad-line begins with a whole byte.
                low = high + 1 & -2;
                high = low + Long.bitCount(w.get(LONG, lowMask)) + 1 & -2;
            }
            int lowBits = w.get(BYTE, lowMask) & 0xff;
            int highBits = w.get(BYTE, lowMask + 8) & 0xff;
            long lowCodes = w.get(LONG, low >> 1) >>> ((low & 1) * 4);
            long highCodes = w.get(LONG, high >> 1) >>> ((high & 1) * 4);
            long codes = Long.expand(lowCodes, Long.expand(lowBits, BYTE_LOWS) * 0x0f)
                    | Long.expand(highCodes, Long.expand(highBits, BYTE_LOWS) * 0xf0);
            scratch.set(LONG, to + word * 8L, codes ^ NIBBLE_SIGNS);
            low += Integer.bitCount(lowBits);
            high += Integer.bitCount(highBits);
        }
        return (high + 1) >> 1;
    }
}
