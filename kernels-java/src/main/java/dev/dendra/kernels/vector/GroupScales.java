// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.HALF_SHORTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Unpacks the group scales of a stretch of a strip into scratch, in single precision and once for every
 * {@link #UNIT} inputs. A loop over units then finds its scales by a linear index, which lets the JIT drop the checks
 * that it keeps in short nested loops.
 */
final class GroupScales {
    /** Inputs that one entry serves; a group of 32 has four entries. */
    static final int UNIT = 8;

    /** Bytes of an entry of {@code i8g32}: the scales of a strip's outputs. */
    static final long SCALE_ENTRY = BYTES;

    /** Bytes of an entry of {@code u4g32}: scales, then minima. */
    static final long AFFINE_ENTRY = 2L * BYTES;

    private GroupScales() {}

    /** Scratch bytes for a stretch of {@code columns}. */
    static long bytes(int columns) {
        return columns / UNIT * AFFINE_ENTRY;
    }

    /** Unpacks {@code count} inputs from {@code from} of an {@code i8g32} strip to byte {@code to}. */
    static void scales(PackedMatrix w, int strip, int from, int count, MemorySegment scratch, long to) {
        MemorySegment s = w.segment();
        long scales = PanelStrips.scales(w.layout(), strip, 2) + from / 32 * 32L;
        for (int group = 0; group < count / 32; group++) {
            IntVector halves = (IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, s, scales + group * 32L, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            FloatVector scale = halves.and(HalfFloats.MAGNITUDE)
                    .lanewise(VectorOperators.LSHL, HalfFloats.MANTISSA_SHIFT)
                    .reinterpretAsFloats()
                    .mul(HalfFloats.REBIAS)
                    .reinterpretAsInts()
                    .or(halves.and(HalfFloats.SIGN).lanewise(VectorOperators.LSHL, 16))
                    .reinterpretAsFloats();
            long entry = to + group * (4 * SCALE_ENTRY);
            scale.intoMemorySegment(scratch, entry, ORDER);
            scale.intoMemorySegment(scratch, entry + SCALE_ENTRY, ORDER);
            scale.intoMemorySegment(scratch, entry + 2 * SCALE_ENTRY, ORDER);
            scale.intoMemorySegment(scratch, entry + 3 * SCALE_ENTRY, ORDER);
        }
    }

    /** Unpacks {@code count} inputs from {@code from} of a {@code u4g32} strip to byte {@code to}. */
    static void affine(PackedMatrix w, int strip, int from, int count, MemorySegment scratch, long to) {
        MemorySegment s = w.segment();
        long scales = PanelStrips.scales(w.layout(), strip, 4) + from / 32 * (long) PanelLayout.LINE_BYTES;
        for (int group = 0; group < count / 32; group++) {
            IntVector pair =
                    IntVector.fromMemorySegment(INTS, s, scales + group * (long) PanelLayout.LINE_BYTES, ORDER);
            FloatVector scale = pair.and(HalfFloats.MAGNITUDE)
                    .lanewise(VectorOperators.LSHL, HalfFloats.MANTISSA_SHIFT)
                    .reinterpretAsFloats()
                    .mul(HalfFloats.REBIAS)
                    .reinterpretAsInts()
                    .or(pair.and(HalfFloats.SIGN).lanewise(VectorOperators.LSHL, 16))
                    .reinterpretAsFloats();
            FloatVector minimum = pair.lanewise(VectorOperators.LSHR, 16 - HalfFloats.MANTISSA_SHIFT)
                    .and(HalfFloats.MAGNITUDE << HalfFloats.MANTISSA_SHIFT)
                    .reinterpretAsFloats()
                    .mul(HalfFloats.REBIAS)
                    .reinterpretAsInts()
                    .or(pair.and(HalfFloats.SINGLE_SIGN))
                    .reinterpretAsFloats();
            long entry = to + group * (4 * AFFINE_ENTRY);
            scale.intoMemorySegment(scratch, entry, ORDER);
            minimum.intoMemorySegment(scratch, entry + BYTES, ORDER);
            scale.intoMemorySegment(scratch, entry + AFFINE_ENTRY, ORDER);
            minimum.intoMemorySegment(scratch, entry + AFFINE_ENTRY + BYTES, ORDER);
            scale.intoMemorySegment(scratch, entry + 2 * AFFINE_ENTRY, ORDER);
            minimum.intoMemorySegment(scratch, entry + 2 * AFFINE_ENTRY + BYTES, ORDER);
            scale.intoMemorySegment(scratch, entry + 3 * AFFINE_ENTRY, ORDER);
            minimum.intoMemorySegment(scratch, entry + 3 * AFFINE_ENTRY + BYTES, ORDER);
        }
    }
}
