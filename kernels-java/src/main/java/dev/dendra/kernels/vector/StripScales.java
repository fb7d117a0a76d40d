// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Scales and minima of a stretch of two strips in single precision, group by group, as {@link RowBlockMultiply} reads
 * them: scale of strip a, minimum of a, scale of b, minimum of b. Where an encoding has no scale along K it is 1.
 */
final class StripScales {
    /** Bytes of a group's entry. */
    static final long ENTRY = 4L * BYTES;

    static final long MINIMUM_A = BYTES;
    static final long SCALE_B = 2L * BYTES;
    static final long MINIMUM_B = 3L * BYTES;

    private StripScales() {}

    /** Scratch bytes for a stretch of {@code columns}. */
    static long bytes(int columns) {
        return columns / GroupSums.GROUP * ENTRY;
    }

    /**
     * Unpacks what belongs to inputs {@code from .. from + count} of a strip; {@code to} is the first byte of its scale
     * in the first entry.
     */
    static void unpack(PackedMatrix w, int strip, int from, int count, MemorySegment scratch, long to) {
        PanelLayout layout = w.layout();
        long first = PanelStrips.offset(layout, strip) + layout.scalesOffset(from);
        int groups = count / GroupSums.GROUP;
        switch (w.encoding()) {
            case F32, BF16, I8 -> ones(groups, scratch, to);
            case I8G32 -> halves(w.segment(), first, layout.blockBytes(), groups, scratch, to);
            case U4G32 -> pairs(w.segment(), first, layout.blockBytes(), groups, scratch, to);
        }
    }

    private static void ones(int groups, MemorySegment scratch, long to) {
        FloatVector one = FloatVector.broadcast(FLOATS, 1);
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int group = 0; group < groups; group++) {
            one.intoMemorySegment(scratch, to + group * ENTRY, ORDER);
            zero.intoMemorySegment(scratch, to + group * ENTRY + MINIMUM_A, ORDER);
        }
    }

    /** A block of {@code i8g32} is two groups. */
    private static void halves(
            MemorySegment w, long first, long blockBytes, int groups, MemorySegment scratch, long to) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int group = 0; group < groups; group++) {
            IntVector pair = loadInts(w, first + (group >> 1) * blockBytes);
            HalfFloats.high(pair.lanewise(VectorOperators.LSHL, (group & 1) == 0 ? 16 : 0))
                    .intoMemorySegment(scratch, to + group * ENTRY, ORDER);
            zero.intoMemorySegment(scratch, to + group * ENTRY + MINIMUM_A, ORDER);
        }
    }

    private static void pairs(
            MemorySegment w, long first, long blockBytes, int groups, MemorySegment scratch, long to) {
        for (int group = 0; group < groups; group++) {
            IntVector pair = loadInts(w, first + group * blockBytes);
            HalfFloats.low(pair).intoMemorySegment(scratch, to + group * ENTRY, ORDER);
            HalfFloats.high(pair).intoMemorySegment(scratch, to + group * ENTRY + MINIMUM_A, ORDER);
        }
    }
}
