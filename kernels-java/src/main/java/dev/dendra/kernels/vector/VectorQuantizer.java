// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;

/** Rounding of activations to int8. Works on padded rows, whose zeros become zero codes. */
final class VectorQuantizer {
    private static final float LARGEST_CODE = 127;
    private static final long GROUP_BYTES = QuantizedMatrix.GROUP * Float.BYTES;

    /** 1.5 * 2^23: adding it rounds to an integer, ties to even, and leaves that integer in the low bits. */
    private static final float ROUNDER = 0x1.8p23f;

    private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

    private VectorQuantizer() {}

    static void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            long source = x.offset(row, 0);
            long codes = (long) row * y.stride();
            float largest = 0;
            for (long from = 0; from < y.stride(); from += QuantizedMatrix.GROUP) {
                float groupLargest = largest(x.segment(), source + from * Float.BYTES);
                largest = Math.max(largest, groupLargest);
                long group = (codes + from) / QuantizedMatrix.GROUP;
                y.groupScales().setAtIndex(ValueLayout.JAVA_FLOAT, group, scale(groupLargest));
                int sum = round(
                        x.segment(),
                        source + from * Float.BYTES,
                        GROUP_BYTES,
                        inverse(groupLargest),
                        y.groupCodes(),
                        codes + from);
                y.groupSums().setAtIndex(ValueLayout.JAVA_INT, group, sum);
            }
            y.rowScales().setAtIndex(ValueLayout.JAVA_FLOAT, row, scale(largest));
            round(x.segment(), source, (long) y.stride() * Float.BYTES, inverse(largest), y.rowCodes(), codes);
        }
    }

    private static float scale(float largest) {
        return Float.isInfinite(LARGEST_CODE / largest) ? 0 : largest / LARGEST_CODE;
    }

    /** Zero where the quotient overflows, so that all codes become zero. */
    private static float inverse(float largest) {
        float inverse = LARGEST_CODE / largest;
        return Float.isInfinite(inverse) ? 0 : inverse;
    }

    /** Largest magnitude of a group; NaN never is. */
    private static float largest(MemorySegment x, long offset) {
        FloatVector largest = FloatVector.zero(FLOATS);
        for (long k = 0; k < GROUP_BYTES; k += BYTES) {
            FloatVector magnitude =
                    FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER).abs();
            largest = largest.blend(magnitude, magnitude.compare(VectorOperators.GT, largest));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** Writes the codes of {@code bytes} bytes of activations and returns their sum. */
    private static int round(
            MemorySegment x, long offset, long bytes, float inverse, MemorySegment codes, long codeOffset) {
        IntVector sums = IntVector.zero(INTS);
        for (long k = 0; k < bytes; k += BYTES) {
            FloatVector scaled =
                    FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER).mul(inverse);
            // NaN: a NaN activation, and an infinite one times an inverse of 0.
            FloatVector number = scaled.blend(0f, scaled.compare(VectorOperators.NE, scaled));
            IntVector code = number.add(ROUNDER).reinterpretAsInts().sub(ROUNDER_BITS);
            sums = sums.add(code);
            storeBytes(code, codes, codeOffset + k / Float.BYTES);
        }
        return sums.reduceLanes(VectorOperators.ADD);
    }

    /** Stores the low byte of each lane. */
    private static void storeBytes(IntVector code, MemorySegment codes, long offset) {
        if (LANES == 4) {
            // Four bytes are less than the smallest register.
            Vector<Byte> bytes = code.convertShape(VectorOperators.I2B, ByteVector.SPECIES_64, 0);
            codes.set(ValueLayout.JAVA_INT, offset, bytes.reinterpretAsInts().lane(0));
        } else if (LANES == 8) {
            code.convertShape(VectorOperators.I2B, ByteVector.SPECIES_64, 0).intoMemorySegment(codes, offset, ORDER);
        } else {
            code.convertShape(VectorOperators.I2B, ByteVector.SPECIES_128, 0).intoMemorySegment(codes, offset, ORDER);
        }
    }
}
