// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;

/**
 * Activations of a step, allocated once. M is the most rows of a step, L the most rows with logits.
 *
 * @param hidden {@code [M, E]}: the residual stream
 * @param input what enters a block's attention or feed-forward part, {@code [M, E]}
 * @param query {@code [M, heads * headDimension]}
 * @param key {@code [M, kvHeads * headDimension]}
 * @param value {@code [M, kvHeads * headDimension]}
 * @param attention {@code [M, heads * headDimension]}
 * @param gate {@code [M, F]}; the gated product is written over it
 * @param up {@code [M, F]}
 * @param projected {@code [M, E]}: what is added to the residual stream
 * @param logitHidden {@code [L, E]}
 * @param logits {@code [L, vocabulary]}
 */
record StepBuffers(
        FloatMatrix hidden,
        MatmulInput input,
        FloatMatrix query,
        FloatMatrix key,
        FloatMatrix value,
        MatmulInput attention,
        MatmulInput gate,
        FloatMatrix up,
        FloatMatrix projected,
        MatmulInput logitHidden,
        FloatMatrix logits) {

    static StepBuffers allocate(Arena arena, ModelConfig config, Activations activations, int rows, int logitRows) {
        int queryLength = config.heads() * config.headDimension();
        int kvLength = config.kvHeads() * config.headDimension();
        return new StepBuffers(
                FloatMatrix.allocate(arena, rows, config.embeddingLength()),
                MatmulInput.allocate(arena, activations, rows, config.embeddingLength()),
                FloatMatrix.allocate(arena, rows, queryLength),
                FloatMatrix.allocate(arena, rows, kvLength),
                FloatMatrix.allocate(arena, rows, kvLength),
                MatmulInput.allocate(arena, activations, rows, queryLength),
                MatmulInput.allocate(arena, activations, rows, config.feedForwardLength()),
                FloatMatrix.allocate(arena, rows, config.feedForwardLength()),
                FloatMatrix.allocate(arena, rows, config.embeddingLength()),
                MatmulInput.allocate(arena, activations, logitRows, config.embeddingLength()),
                FloatMatrix.allocate(arena, logitRows, config.vocabularySize()));
    }
}
