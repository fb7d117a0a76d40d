// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/** RMSNorm. The same bits at every register width, since {@link SixteenSums} fixes the order of the sum. */
final class VectorRmsNorm {

    private VectorRmsNorm() {}

    static void rmsNorm(FloatMatrix x, MemorySegment weight, float epsilon, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            float squares = SixteenSums.squares(x.segment(), x.offset(row, 0), x.columns());
            float inverse = (float) (1 / Math.sqrt((double) squares / x.columns() + epsilon));
            scale(x.segment(), x.offset(row, 0), inverse, weight, y.segment(), y.offset(row, 0), x.columns());
        }
    }

    private static void scale(
            MemorySegment x,
            long xOffset,
            float inverse,
            MemorySegment weight,
            MemorySegment y,
            long yOffset,
            int columns) {
        long whole = (long) FLOATS.loopBound(columns) * Float.BYTES;
        long end = (long) columns * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector.fromMemorySegment(FLOATS, x, xOffset + k, ORDER)
                    .mul(inverse)
                    .mul(FloatVector.fromMemorySegment(FLOATS, weight, k, ORDER))
                    .intoMemorySegment(y, yOffset + k, ORDER);
        }
        for (long k = whole; k < end; k += Float.BYTES) {
            float scaled = x.get(ValueLayout.JAVA_FLOAT, xOffset + k) * inverse;
            y.set(ValueLayout.JAVA_FLOAT, yOffset + k, scaled * weight.get(ValueLayout.JAVA_FLOAT, k));
        }
    }
}
