// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.format.TensorNames;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Weights of a model of architecture {@code llama}, their shapes checked against its configuration.
 *
 * @param embedding {@code [vocabulary, E]}
 * @param layers first to last
 * @param outputNorm f32 {@code [E]}
 * @param head {@code [vocabulary, E]}; the embedding itself where the model ties the two
 * @param ropeFactors f32 {@code [rotated/2]}, or an empty segment
 */
record LlamaWeights(
        PackedMatrix embedding,
        List<LayerWeights> layers,
        MemorySegment outputNorm,
        PackedMatrix head,
        MemorySegment ropeFactors) {

    /** @throws ModelFormatException naming the tensor that is missing or has the wrong shape */
    static LlamaWeights of(ModelSource source, ModelConfig config) throws ModelFormatException {
        TensorShapes tensors = new TensorShapes(source);
        int embeddingLength = config.embeddingLength();
        PackedMatrix embedding = tensors.table(TensorNames.EMBEDDING, config.vocabularySize(), embeddingLength);
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(LayerWeights.of(source, config, layer));
        }
        MemorySegment outputNorm = tensors.vector(TensorNames.OUTPUT_NORM, embeddingLength);
        PackedMatrix head = source.contains(TensorNames.HEAD)
                ? tensors.matrix(TensorNames.HEAD, config.vocabularySize(), embeddingLength)
                : embedding;
        MemorySegment ropeFactors =
                tensors.vectorOrNull("rope_freqs.weight", config.rope().rotated() / 2);
        return new LlamaWeights(
                embedding, layers, outputNorm, head, ropeFactors == null ? MemorySegment.NULL : ropeFactors);
    }

    /** What kernels must be able to multiply with. */
    Set<WeightKind> kinds() {
        return Stream.concat(layers.stream().flatMap(LayerWeights::matrices), Stream.of(head))
                .map(matrix -> new WeightKind(matrix.encoding(), matrix.pattern()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
