// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.kernels.RopeOrder;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/** Rotary embedding. The table holds cosine and sine of a pair side by side. */
final class VectorRope {
    /** Lane {@code i} from lane {@code i ^ 1}: the partner of each element. */
    private static final VectorShuffle<Float> PARTNER = VectorShuffle.fromOp(FLOATS, i -> i ^ 1);

    private static final VectorShuffle<Float> COSINE_OF_PAIR = VectorShuffle.fromOp(FLOATS, i -> i & ~1);
    private static final VectorShuffle<Float> SINE_OF_PAIR = VectorShuffle.fromOp(FLOATS, i -> i | 1);

    /** Even lanes of two registers, then odd lanes; indices from LANES on mean the second. */
    private static final VectorShuffle<Float> COSINES = VectorShuffle.fromOp(FLOATS, i -> second(2 * i));

    private static final VectorShuffle<Float> SINES = VectorShuffle.fromOp(FLOATS, i -> second(2 * i + 1));

    /** -1 in even lanes, 1 in odd ones. */
    private static final FloatVector SIGNS = signs();

    private VectorRope() {}

    static void rope(
            FloatMatrix x,
            int heads,
            int headDimension,
            int rotated,
            RopeOrder order,
            MemorySegment table,
            StepRows rows,
            int rowFrom,
            int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            long angles = (long) rows.position(row) * rotated * Float.BYTES;
            for (int head = 0; head < heads; head++) {
                long offset = x.offset(row, head * headDimension);
                switch (order) {
                    case NORM -> turnNeighbours(x.segment(), offset, rotated, table, angles);
                    case NEOX -> turnHalves(x.segment(), offset, rotated, table, angles);
                }
            }
        }
    }

    private static void turnNeighbours(MemorySegment x, long offset, int rotated, MemorySegment table, long angles) {
        long whole = (long) FLOATS.loopBound(rotated) * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector pairs = FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER);
            FloatVector turns = FloatVector.fromMemorySegment(FLOATS, table, angles + k, ORDER);
            FloatVector crossed =
                    pairs.rearrange(PARTNER).mul(turns.rearrange(SINE_OF_PAIR)).mul(SIGNS);
            pairs.fma(turns.rearrange(COSINE_OF_PAIR), crossed).intoMemorySegment(x, offset + k, ORDER);
        }
        for (long k = whole; k < (long) rotated * Float.BYTES; k += 2 * Float.BYTES) {
            turn(x, offset + k, offset + k + Float.BYTES, table, angles + k);
        }
    }

    private static void turnHalves(MemorySegment x, long offset, int rotated, MemorySegment table, long angles) {
        long half = (long) rotated / 2 * Float.BYTES;
        long whole = (long) FLOATS.loopBound(rotated / 2) * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, x, offset + half + k, ORDER);
            FloatVector low = FloatVector.fromMemorySegment(FLOATS, table, angles + 2 * k, ORDER);
            FloatVector high = FloatVector.fromMemorySegment(FLOATS, table, angles + 2 * k + BYTES, ORDER);
            FloatVector cosines = low.rearrange(COSINES, high);
            FloatVector sines = low.rearrange(SINES, high);
            a.fma(cosines, b.mul(sines).neg()).intoMemorySegment(x, offset + k, ORDER);
            b.fma(cosines, a.mul(sines)).intoMemorySegment(x, offset + half + k, ORDER);
        }
        for (long k = whole; k < half; k += Float.BYTES) {
            turn(x, offset + k, offset + half + k, table, angles + 2 * k);
        }
    }

    private static void turn(MemorySegment x, long first, long second, MemorySegment table, long angle) {
        float a = x.get(ValueLayout.JAVA_FLOAT, first);
        float b = x.get(ValueLayout.JAVA_FLOAT, second);
        float cosine = table.get(ValueLayout.JAVA_FLOAT, angle);
        float sine = table.get(ValueLayout.JAVA_FLOAT, angle + Float.BYTES);
        x.set(ValueLayout.JAVA_FLOAT, first, Math.fma(a, cosine, -(b * sine)));
        x.set(ValueLayout.JAVA_FLOAT, second, Math.fma(b, cosine, a * sine));
    }

    /** A two-register shuffle marks lanes of the second register by negative, exceptional indices. */
    private static int second(int index) {
        return index < LANES ? index : index - 2 * LANES;
    }

    private static FloatVector signs() {
        float[] signs = new float[LANES];
        for (int i = 0; i < LANES; i++) {
            signs[i] = i % 2 == 0 ? -1 : 1;
        }
        return FloatVector.fromArray(FLOATS, signs, 0);
    }
}
