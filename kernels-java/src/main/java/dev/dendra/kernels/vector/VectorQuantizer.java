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

    /** 1.5 * 2^23: adding it rounds to an integer, ties to even, and leaves that integer in the low bits. */
    private static final float ROUNDER = 0x1.8p23f;

    private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

    private VectorQuantizer() {}

    static void quantizeRows(FloatMatrix x, QuantizedMatrix y, int rowFrom, int rowTo) {
        int columns = y.scaleColumns();
        long bytes = (long) columns * Float.BYTES;
        for (int row = rowFrom; row < rowTo; row++) {
            for (int from = 0; from < y.stride(); from += columns) {
                long source = x.offset(row, from);
                float largest = largest(x.segment(), source, bytes);
                long codes = (long) row * y.stride() + from;
                int sum = round(
                        x.segment(), source, bytes, inverse(largest), y.plane().codes(), codes);
                long scale = y.scaleIndex(row, from);
                y.scales().setAtIndex(ValueLayout.JAVA_FLOAT, scale, scale(largest));
                y.plane().sums().setAtIndex(ValueLayout.JAVA_INT, scale, sum);
            }
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

    /** Largest magnitude in {@code bytes} bytes of activations; NaN never is. */
    private static float largest(MemorySegment x, long offset, long bytes) {
        FloatVector largest = FloatVector.zero(FLOATS);
        for (long k = 0; k < bytes; k += BYTES) {
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
