// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
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
        int queryLength = config.heads() * config.headDimension();
        int kvLength = config.kvHeads() * config.headDimension();
        PackedMatrix embedding = tensors.table("token_embd.weight", config.vocabularySize(), embeddingLength);
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "blk." + layer + ".";
            layers.add(new LayerWeights(
                    tensors.vector(block + "attn_norm.weight", embeddingLength),
                    tensors.matrix(block + "attn_q.weight", queryLength, embeddingLength),
                    tensors.matrix(block + "attn_k.weight", kvLength, embeddingLength),
                    tensors.matrix(block + "attn_v.weight", kvLength, embeddingLength),
                    tensors.vectorOrNull(block + "attn_q.bias", queryLength),
                    tensors.vectorOrNull(block + "attn_k.bias", kvLength),
                    tensors.vectorOrNull(block + "attn_v.bias", kvLength),
                    tensors.matrix(block + "attn_output.weight", embeddingLength, queryLength),
                    tensors.vectorOrNull(block + "attn_output.bias", embeddingLength),
                    tensors.vector(block + "ffn_norm.weight", embeddingLength),
                    tensors.matrix(block + "ffn_gate.weight", config.feedForwardLength(), embeddingLength),
                    tensors.matrix(block + "ffn_up.weight", config.feedForwardLength(), embeddingLength),
                    tensors.matrix(block + "ffn_down.weight", embeddingLength, config.feedForwardLength())));
        }
        MemorySegment outputNorm = tensors.vector("output_norm.weight", embeddingLength);
        PackedMatrix head = source.contains("output.weight")
                ? tensors.matrix("output.weight", config.vocabularySize(), embeddingLength)
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

    /** Encodings of the chosen matrices of all layers. */
    Set<Encoding> encodings(Function<LayerWeights, Stream<PackedMatrix>> matrices) {
        return layers.stream()
                .flatMap(matrices)
                .map(PackedMatrix::encoding)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Encoding.class)));
    }
}
