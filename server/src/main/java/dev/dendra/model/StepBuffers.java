// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.stream.Stream;

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

    static StepBuffers allocate(
            Arena arena, ModelConfig config, LlamaWeights weights, Activations activations, int rows, int logitRows) {
        int length = config.embeddingLength();
        int queryLength = config.heads() * config.headDimension();
        int kvLength = config.kvHeads() * config.headDimension();
        Set<Encoding> input = weights.encodings(LayerWeights::ofInput);
        Set<Encoding> output = weights.encodings(layer -> Stream.of(layer.output()));
        Set<Encoding> down = weights.encodings(layer -> Stream.of(layer.down()));
        Set<Encoding> head = Set.of(weights.head().encoding());
        return new StepBuffers(
                FloatMatrix.allocate(arena, rows, length),
                new MatmulInput(arena, activations, input, rows, length),
                FloatMatrix.allocate(arena, rows, queryLength),
                FloatMatrix.allocate(arena, rows, kvLength),
                FloatMatrix.allocate(arena, rows, kvLength),
                new MatmulInput(arena, activations, output, rows, queryLength),
                new MatmulInput(arena, activations, down, rows, config.feedForwardLength()),
                FloatMatrix.allocate(arena, rows, config.feedForwardLength()),
                FloatMatrix.allocate(arena, rows, length),
                new MatmulInput(arena, activations, head, logitRows, length),
                FloatMatrix.allocate(arena, logitRows, config.vocabularySize()));
    }
}
