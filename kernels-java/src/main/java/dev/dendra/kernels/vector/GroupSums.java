// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.Encoding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Two sums over each group of 32 activations of a row, which a product by groups needs: {@code -sum(offset * x)}, where
 * a group's sum of products starts so that the offsets of {@link MantissaCodes} cancel, and {@code sum(x)}, which
 * multiplies the group's minimum, or 0 where there is none. The order of the additions does not depend on the register width.
 */
final class GroupSums {
    /** Inputs of a group. */
    static final int GROUP = 32;

    /** Bytes of a group's entry. */
    static final long ENTRY = 2 * Float.BYTES;

    /** Where in an entry the sum of the activations lies. */
    static final long PLAIN = Float.BYTES;

    private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private GroupSums() {}

    /** Bytes for a row of {@code paddedColumns}. */
    static long bytes(int paddedColumns) {
        return paddedColumns / GROUP * ENTRY;
    }

    /** Sums a row of {@code paddedColumns} at byte {@code x0} of {@code x} into {@code scratch} from byte {@code to}. */
    static void compute(
            Encoding encoding, MemorySegment x, long x0, int paddedColumns, MemorySegment scratch, long to) {
        float firstOffset = MantissaCodes.firstOffset(encoding);
        float lastOffset = MantissaCodes.lastOffset(encoding);
        boolean needed = encoding.isInteger();
        for (int group = 0; group < paddedColumns / GROUP; group++) {
            long from = x0 + group * (GROUP * 4L);
            long entry = to + group * ENTRY;
            // Offsets of 0 would make NaN of an infinite activation.
            float first = needed ? quads(x, from) : 0;
            float last = needed ? quads(x, from + 16) : 0;
            scratch.set(FLOAT, entry, -Math.fma(firstOffset, first, lastOffset * last));
            scratch.set(FLOAT, entry + PLAIN, encoding == Encoding.U4G32 ? first + last : 0);
        }
    }

    /** Sum of every other quad of a group. */
    private static float quads(MemorySegment x, long from) {
        FloatVector a = FloatVector.fromMemorySegment(QUAD, x, from, ORDER);
        FloatVector b = FloatVector.fromMemorySegment(QUAD, x, from + 32, ORDER);
        FloatVector c = FloatVector.fromMemorySegment(QUAD, x, from + 64, ORDER);
        FloatVector d = FloatVector.fromMemorySegment(QUAD, x, from + 96, ORDER);
        FloatVector sum = a.add(b).add(c.add(d));
        return (sum.lane(0) + sum.lane(1)) + (sum.lane(2) + sum.lane(3));
    }
}
