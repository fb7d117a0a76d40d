// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Weights of one Transformer block. Matrices are {@code [outputs, inputs]}, vectors f32; E is the embedding length, F
 * the feed-forward length.
 *
 * @param attentionNorm {@code [E]}
 * @param query {@code [heads * headDimension, E]}
 * @param key {@code [kvHeads * headDimension, E]}
 * @param value {@code [kvHeads * headDimension, E]}
 * @param queryBias {@code [heads * headDimension]}, where the model has one; likewise the other biases
 * @param output {@code [E, heads * headDimension]}
 * @param feedForwardNorm {@code [E]}
 * @param gate {@code [F, E]}
 * @param up {@code [F, E]}
 * @param down {@code [E, F]}
 */
record LayerWeights(
        MemorySegment attentionNorm,
        PackedMatrix query,
        PackedMatrix key,
        PackedMatrix value,
        @Nullable MemorySegment queryBias,
        @Nullable MemorySegment keyBias,
        @Nullable MemorySegment valueBias,
        PackedMatrix output,
        @Nullable MemorySegment outputBias,
        MemorySegment feedForwardNorm,
        PackedMatrix gate,
        PackedMatrix up,
        PackedMatrix down) {

    /** The matrices that are multiplied with the normalised residual stream. */
    Stream<PackedMatrix> ofInput() {
        return Stream.of(query, key, value, gate, up);
    }

    /** All matrices, in the order in which a step meets them. */
    Stream<PackedMatrix> matrices() {
        return Stream.of(query, key, value, output, gate, up, down);
    }
}
