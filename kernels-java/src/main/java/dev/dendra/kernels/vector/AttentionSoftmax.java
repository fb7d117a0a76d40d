// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.kernels.KvLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The running soft-max of one query of a tile over a span. */
final class AttentionSoftmax {

    private AttentionSoftmax() {}

    /**
     * Turns a query's scores of a block into shares relative to its largest score so far. If that has grown, what was
     * summed before shrinks by the ratio.
     *
     * @param tokens how many of the 32 scores count; the other shares become 0
     */
    static void update(int headDimension, int tokens, int query, MemorySegment scratch) {
        long scores = AttentionTile.scores(query);
        for (int token = tokens; token < KvLayout.BLOCK_TOKENS; token++) {
            scratch.set(ValueLayout.JAVA_FLOAT, scores + token * (long) Float.BYTES, Float.NEGATIVE_INFINITY);
        }
        float before = AttentionTile.largest(scratch, query);
        float largest = largest(scratch, scores, before);
        if (largest > before) {
            float ratio = VectorExp.exp(before - largest);
            AttentionTile.setLargest(scratch, query, largest);
            SpanMerge.multiply(scratch, AttentionTile.sums(query), 16, ratio);
            SpanMerge.multiply(scratch, AttentionTile.output(query, headDimension), headDimension, ratio);
        }
        exponentials(scratch, scores, largest);
        addToSums(scratch, scores, AttentionTile.sums(query));
    }

    /** The sum of a query's shares so far. */
    static float sum(MemorySegment scratch, int query) {
        float sum = 0;
        for (long i = 0; i < AttentionTile.SUM_BYTES; i += Float.BYTES) {
            sum += scratch.get(ValueLayout.JAVA_FLOAT, AttentionTile.sums(query) + i);
        }
        return sum;
    }

    private static float largest(MemorySegment scratch, long scores, float before) {
        FloatVector largest = FloatVector.broadcast(FLOATS, before);
        for (long k = 0; k < AttentionTile.SCORE_BYTES; k += BYTES) {
            FloatVector block = FloatVector.fromMemorySegment(FLOATS, scratch, scores + k, ORDER);
            largest = largest.blend(block, block.compare(VectorOperators.GT, largest));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** One call of the exponential: of two, the JIT leaves the second out of line and allocates for it. */
    private static void exponentials(MemorySegment scratch, long scores, float largest) {
        for (long k = 0; k < AttentionTile.SCORE_BYTES; k += BYTES) {
            VectorExp.exp(FloatVector.fromMemorySegment(FLOATS, scratch, scores + k, ORDER)
                            .sub(largest))
                    .intoMemorySegment(scratch, scores + k, ORDER);
        }
    }

    /** Sixteen partial sums whatever the width: tokens {@code i} and {@code i + 16} go to sum {@code i}. */
    private static void addToSums(MemorySegment scratch, long scores, long sums) {
        for (long k = 0; k < AttentionTile.SUM_BYTES; k += BYTES) {
            FloatVector first = FloatVector.fromMemorySegment(FLOATS, scratch, scores + k, ORDER);
            FloatVector second =
                    FloatVector.fromMemorySegment(FLOATS, scratch, scores + AttentionTile.SUM_BYTES + k, ORDER);
            FloatVector.fromMemorySegment(FLOATS, scratch, sums + k, ORDER)
                    .add(first.add(second))
                    .intoMemorySegment(scratch, sums + k, ORDER);
        }
    }
}
