// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over a row in one order whatever the chosen width: sixteen partial sums, element {@code k} going to the one of
 * {@code k % 16}, then a fixed fold, then the elements left over. Sums without an exponential use four registers of 128
 * bits, which every CPU has. Offsets are in bytes.
 */
final class SixteenSums {
    private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
    private static final int QUAD_BYTES = 16;
    private static final int STEP_BYTES = 64;

    private SixteenSums() {}

    /** Sum of squares. */
    static float squares(MemorySegment x, long offset, int columns) {
        FloatVector a = FloatVector.zero(QUAD);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long whole = whole(columns);
        for (long k = 0; k < whole; k += STEP_BYTES) {
            FloatVector p = quad(x, offset + k);
            FloatVector q = quad(x, offset + k + QUAD_BYTES);
            FloatVector r = quad(x, offset + k + 2 * QUAD_BYTES);
            FloatVector s = quad(x, offset + k + 3 * QUAD_BYTES);
            a = p.fma(p, a);
            b = q.fma(q, b);
            c = r.fma(r, c);
            d = s.fma(s, d);
        }
        float sum = fold(a, b, c, d);
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            float value = x.get(ValueLayout.JAVA_FLOAT, offset + k);
            sum = Math.fma(value, value, sum);
        }
        return sum;
    }

    /** Sum of the elements. */
    static float plain(MemorySegment x, long offset, int columns) {
        FloatVector a = FloatVector.zero(QUAD);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long whole = whole(columns);
        for (long k = 0; k < whole; k += STEP_BYTES) {
            a = a.add(quad(x, offset + k));
            b = b.add(quad(x, offset + k + QUAD_BYTES));
            c = c.add(quad(x, offset + k + 2 * QUAD_BYTES));
            d = d.add(quad(x, offset + k + 3 * QUAD_BYTES));
        }
        float sum = fold(a, b, c, d);
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            sum += x.get(ValueLayout.JAVA_FLOAT, offset + k);
        }
        return sum;
    }

    /** Sum of {@code exp(x - largest)}, with the exponentials in registers of the chosen width. */
    static float exponentials(MemorySegment x, long offset, int columns, float largest) {
        long whole = whole(columns);
        float sum = 0;
        for (long first = 0; first < STEP_BYTES; first += BYTES) {
            sum = addLanes(stridedExponentials(x, offset + first, whole, largest), sum);
        }
        for (long k = whole; k < (long) columns * Float.BYTES; k += Float.BYTES) {
            sum += VectorExp.exp(x.get(ValueLayout.JAVA_FLOAT, offset + k) - largest);
        }
        return sum;
    }

    /** One register's worth of the sixteen sums. */
    private static FloatVector stridedExponentials(MemorySegment x, long offset, long bytes, float largest) {
        FloatVector sums = FloatVector.zero(FLOATS);
        for (long k = 0; k < bytes; k += STEP_BYTES) {
            sums = sums.add(VectorExp.exp(
                    FloatVector.fromMemorySegment(FLOATS, x, offset + k, ORDER).sub(largest)));
        }
        return sums;
    }

    private static float addLanes(FloatVector lanes, float start) {
        float sum = start;
        for (int i = 0; i < LANES; i++) {
            sum += lanes.lane(i);
        }
        return sum;
    }

    private static FloatVector quad(MemorySegment x, long offset) {
        return FloatVector.fromMemorySegment(QUAD, x, offset, ORDER);
    }

    private static long whole(int columns) {
        return (columns & -16L) * Float.BYTES;
    }

    private static float fold(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
        FloatVector sum = a.add(c).add(b.add(d));
        return (sum.lane(0) + sum.lane(2)) + (sum.lane(1) + sum.lane(3));
    }
}
