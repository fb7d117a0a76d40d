// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Activations of a step, allocated once. M is the most rows of a step.
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
        FloatMatrix projected) {

    /** Room for steps of {@code rows} through {@code layers}. */
    static StepBuffers allocate(
            Arena arena, ModelConfig config, List<LayerWeights> layers, Activations activations, int rows) {
        int length = config.embeddingLength();
        int queryLength = config.heads() * config.headDimension();
        int kvLength = config.kvHeads() * config.headDimension();
        Set<Encoding> input = LayerWeights.encodings(layers, LayerWeights::ofInput);
        Set<Encoding> output = LayerWeights.encodings(layers, layer -> Stream.of(layer.output()));
        Set<Encoding> down = LayerWeights.encodings(layers, layer -> Stream.of(layer.down()));
        return new StepBuffers(
                FloatMatrix.allocate(arena, rows, length),
                new MatmulInput(arena, activations, input, rows, length),
                FloatMatrix.allocate(arena, rows, queryLength),
                FloatMatrix.allocate(arena, rows, kvLength),
                FloatMatrix.allocate(arena, rows, kvLength),
                new MatmulInput(arena, activations, output, rows, queryLength),
                new MatmulInput(arena, activations, down, rows, config.feedForwardLength()),
                FloatMatrix.allocate(arena, rows, config.feedForwardLength()),
                FloatMatrix.allocate(arena, rows, length));
    }
}
