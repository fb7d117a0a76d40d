// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Expands the codes of a stretch of a strip to floats in scratch, {@link MantissaCodes} and all, input {@code k} at
 * {@code (k - from) * 64}. Done once per stretch and then multiplied with every row of the batch.
 */
final class CodeExpansion {
    private static final int BF16_ODD = 0xffff0000;
    private static final int UNIT = 8;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private CodeExpansion() {}

    /**
     * Expands inputs {@code from .. from + count}, both multiples of 64, to byte {@code to} of {@code scratch}. Encoding
     * {@code f32} has nothing to expand.
     */
    static void expand(PackedMatrix w, int strip, int from, int count, MemorySegment scratch, long to) {
        MemorySegment s = w.segment();
        PanelLayout layout = w.layout();
        long lines = PanelStrips.offset(layout, strip) + layout.lineOffset(from);
        switch (w.encoding()) {
            case BF16 -> bf16(s, lines, count / 2, scratch, to);
            case I8 -> i8(s, lines, count / 4, scratch, to);
            case I8G32 -> i8g32(s, lines, count / UNIT, scratch, to);
            case U4G32 -> u4g32(s, lines, count / UNIT, scratch, to);
            case F32 -> throw new IllegalArgumentException(w.name() + ": f32 is expanded already");
        }
    }

    private static void bf16(MemorySegment w, long lines, int count, MemorySegment scratch, long to) {
        for (int i = 0; i < count; i++) {
            IntVector pairs = loadInts(w, lines + i * LINE);
            pairs.lanewise(VectorOperators.LSHL, 16).intoMemorySegment(scratch, to + i * (2 * LINE), ORDER);
            pairs.and(BF16_ODD).intoMemorySegment(scratch, to + i * (2 * LINE) + LINE, ORDER);
        }
    }

    private static void i8(MemorySegment w, long lines, int count, MemorySegment scratch, long to) {
        for (int i = 0; i < count; i++) {
            quads(loadInts(w, lines + i * LINE), scratch, to + i * (4 * LINE));
        }
    }

    private static void i8g32(MemorySegment w, long lines, int units, MemorySegment scratch, long to) {
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every sixteen of codes.
            long line = lines + unit * (2 * LINE) + (unit >> 3) * LINE;
            long target = to + unit * (8 * LINE);
            quads(loadInts(w, line), scratch, target);
            quads(loadInts(w, line + LINE), scratch, target + 4 * LINE);
        }
    }

    private static void quads(IntVector v, MemorySegment scratch, long to) {
        signed(v.lanewise(VectorOperators.LSHL, MantissaCodes.LEFT_0), scratch, to);
        signed(v.lanewise(VectorOperators.LSHL, MantissaCodes.LEFT_1), scratch, to + LINE);
        signed(v.lanewise(VectorOperators.LSHR, MantissaCodes.RIGHT_2), scratch, to + 2 * LINE);
        signed(v.lanewise(VectorOperators.LSHR, MantissaCodes.RIGHT_3), scratch, to + 3 * LINE);
    }

    private static void signed(IntVector placed, MemorySegment scratch, long to) {
        placed.and(MantissaCodes.BYTE_MASK)
                .lanewise(VectorOperators.XOR, MantissaCodes.BYTE_EXPONENT)
                .intoMemorySegment(scratch, to, ORDER);
    }

    private static void u4g32(MemorySegment w, long lines, int units, MemorySegment scratch, long to) {
        for (int unit = 0; unit < units; unit++) {
            // A line of scales before every four of codes.
            IntVector v = loadInts(w, lines + unit * LINE + (unit >> 2) * LINE);
            long target = to + unit * (8 * LINE);
            nibbles(v.lanewise(VectorOperators.LSHL, MantissaCodes.LEFT_0), scratch, target);
            nibbles(v.lanewise(VectorOperators.LSHL, MantissaCodes.LEFT_1), scratch, target + LINE);
            nibbles(v.lanewise(VectorOperators.LSHR, MantissaCodes.RIGHT_2), scratch, target + 2 * LINE);
            nibbles(v.lanewise(VectorOperators.LSHR, MantissaCodes.RIGHT_3), scratch, target + 3 * LINE);
        }
    }

    private static void nibbles(IntVector placed, MemorySegment scratch, long to) {
        placed.and(MantissaCodes.LOW_MASK).or(MantissaCodes.LOW_EXPONENT).intoMemorySegment(scratch, to, ORDER);
        placed.and(MantissaCodes.HIGH_MASK)
                .or(MantissaCodes.HIGH_EXPONENT)
                .intoMemorySegment(scratch, to + 4 * LINE, ORDER);
    }
}
