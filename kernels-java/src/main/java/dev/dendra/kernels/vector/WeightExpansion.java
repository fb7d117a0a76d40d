// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadFloats;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Dequantises a stretch of a strip into scratch, in the layout of an {@code f32} panel: input {@code k} at
 * {@code (k - from) * 64}. Done once per stretch and then multiplied with every row of the batch.
 */
final class WeightExpansion {
    private static final long LINE = PanelLayout.LINE_BYTES;

    private WeightExpansion() {}

    /**
     * Expands inputs {@code from .. from + count}, both multiples of 64, to byte {@code to} of {@code scratch}. Weights
     * of encoding {@code i8} stay unscaled. Encoding {@code f32} has nothing to expand.
     *
     * @param scales where in {@code scratch} {@link GroupScales} may go
     */
    static void expand(PackedMatrix w, int strip, int from, int count, MemorySegment scratch, long to, long scales) {
        MemorySegment s = w.segment();
        long codes = PanelStrips.codes(w.layout(), strip);
        switch (w.encoding()) {
            case BF16 -> bf16(s, codes + from / 2 * LINE, count / 2, scratch, to);
            case I8 -> i8(s, codes + from / 4 * LINE, count / 4, scratch, to);
            case I8G32 -> {
                GroupScales.scales(w, strip, from, count, scratch, scales);
                i8g32(s, codes + from / 4 * LINE, count / GroupScales.UNIT, scratch, scales, to);
            }
            case U4G32 -> {
                GroupScales.affine(w, strip, from, count, scratch, scales);
                u4g32(s, codes + from / 8 * LINE, count / GroupScales.UNIT, scratch, scales, to);
            }
            case F32 -> throw new IllegalArgumentException(w.name() + ": f32 is expanded already");
        }
    }

    private static void bf16(MemorySegment w, long codes, int lines, MemorySegment scratch, long to) {
        for (int line = 0; line < lines; line++) {
            IntVector pairs = loadInts(w, codes + line * LINE);
            Codes.bf16Even(pairs).intoMemorySegment(scratch, to + line * (2 * LINE), ORDER);
            Codes.bf16Odd(pairs).intoMemorySegment(scratch, to + line * (2 * LINE) + LINE, ORDER);
        }
    }

    private static void i8(MemorySegment w, long codes, int lines, MemorySegment scratch, long to) {
        for (int line = 0; line < lines; line++) {
            IntVector quads = loadInts(w, codes + line * LINE);
            long target = to + line * (4 * LINE);
            Codes.signedByte(quads, 0).intoMemorySegment(scratch, target, ORDER);
            Codes.signedByte(quads, 1).intoMemorySegment(scratch, target + LINE, ORDER);
            Codes.signedByte(quads, 2).intoMemorySegment(scratch, target + 2 * LINE, ORDER);
            Codes.signedByte(quads, 3).intoMemorySegment(scratch, target + 3 * LINE, ORDER);
        }
    }

    private static void i8g32(MemorySegment w, long codes, int units, MemorySegment scratch, long scales, long to) {
        for (int unit = 0; unit < units; unit++) {
            FloatVector scale = loadFloats(scratch, scales + unit * GroupScales.SCALE_ENTRY);
            long from = codes + unit * (2 * LINE);
            long target = to + unit * (8 * LINE);
            IntVector quads = loadInts(w, from);
            Codes.signedByte(quads, 0).mul(scale).intoMemorySegment(scratch, target, ORDER);
            Codes.signedByte(quads, 1).mul(scale).intoMemorySegment(scratch, target + LINE, ORDER);
            Codes.signedByte(quads, 2).mul(scale).intoMemorySegment(scratch, target + 2 * LINE, ORDER);
            Codes.signedByte(quads, 3).mul(scale).intoMemorySegment(scratch, target + 3 * LINE, ORDER);
            quads = loadInts(w, from + LINE);
            Codes.signedByte(quads, 0).mul(scale).intoMemorySegment(scratch, target + 4 * LINE, ORDER);
            Codes.signedByte(quads, 1).mul(scale).intoMemorySegment(scratch, target + 5 * LINE, ORDER);
            Codes.signedByte(quads, 2).mul(scale).intoMemorySegment(scratch, target + 6 * LINE, ORDER);
            Codes.signedByte(quads, 3).mul(scale).intoMemorySegment(scratch, target + 7 * LINE, ORDER);
        }
    }

    private static void u4g32(MemorySegment w, long codes, int units, MemorySegment scratch, long scales, long to) {
        for (int unit = 0; unit < units; unit++) {
            long entry = scales + unit * GroupScales.AFFINE_ENTRY;
            FloatVector scale = loadFloats(scratch, entry);
            FloatVector minimum = loadFloats(scratch, entry + BYTES);
            IntVector nibbles = loadInts(w, codes + unit * LINE);
            long target = to + unit * (8 * LINE);
            Codes.nibble(nibbles, 0).fma(scale, minimum).intoMemorySegment(scratch, target, ORDER);
            Codes.nibble(nibbles, 8).fma(scale, minimum).intoMemorySegment(scratch, target + LINE, ORDER);
            Codes.nibble(nibbles, 16).fma(scale, minimum).intoMemorySegment(scratch, target + 2 * LINE, ORDER);
            Codes.nibble(nibbles, 24).fma(scale, minimum).intoMemorySegment(scratch, target + 3 * LINE, ORDER);
            Codes.nibble(nibbles, 4).fma(scale, minimum).intoMemorySegment(scratch, target + 4 * LINE, ORDER);
            Codes.nibble(nibbles, 12).fma(scale, minimum).intoMemorySegment(scratch, target + 5 * LINE, ORDER);
            Codes.nibble(nibbles, 20).fma(scale, minimum).intoMemorySegment(scratch, target + 6 * LINE, ORDER);
            Codes.nibble(nibbles, 28).fma(scale, minimum).intoMemorySegment(scratch, target + 7 * LINE, ORDER);
        }
    }
}
