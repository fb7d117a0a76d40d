// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;

/**
 * The shape of a model of GGUF architecture {@code llama}: SmolLM2, Llama 2 and 3, TinyLlama, Mistral.
 *
 * @param architecture GGUF's name of the architecture
 * @param name the model's own name
 * @param layers Transformer blocks
 * @param embeddingLength elements of a hidden state
 * @param feedForwardLength neurons of a feed-forward part
 * @param heads query heads
 * @param kvHeads heads of keys and values; divides {@code heads}
 * @param headDimension elements of a head
 * @param vocabularySize tokens
 * @param contextLength most tokens of a sequence that the model was made for
 * @param normEpsilon of RMSNorm
 * @param rope rotary embedding
 */
public record ModelConfig(
        String architecture,
        String name,
        int layers,
        int embeddingLength,
        int feedForwardLength,
        int heads,
        int kvHeads,
        int headDimension,
        int vocabularySize,
        int contextLength,
        float normEpsilon,
        RopeConfig rope) {

    private static final int LARGEST_DIMENSION = 1 << 20;
    private static final int LARGEST_CONTEXT = 1 << 24;
    private static final String SUPPORTED = "llama";

    /**
     * Reads the configuration.
     *
     * @throws ModelFormatException if the architecture is not supported, or a value is missing or makes no sense
     */
    public static ModelConfig of(ModelMetadata metadata) throws ModelFormatException {
        String architecture = metadata.string("general.architecture");
        if (!architecture.equals(SUPPORTED)) {
            throw metadata.fault(
                    "general.architecture", "is '" + architecture + "'; Dendra runs models of architecture llama");
        }
        if (metadata.integerOr("llama.expert_count", 0, LARGEST_DIMENSION, 0) > 0) {
            throw metadata.fault("llama.expert_count", "is not 0; mixtures of experts are not supported");
        }
        int embeddingLength = metadata.integer("llama.embedding_length", 1, LARGEST_DIMENSION);
        int heads = metadata.integer("llama.attention.head_count", 1, LARGEST_DIMENSION);
        int kvHeads = metadata.integerOr("llama.attention.head_count_kv", 1, heads, heads);
        if (heads % kvHeads != 0) {
            throw metadata.fault("llama.attention.head_count_kv", "is " + kvHeads + ", which does not divide " + heads);
        }
        int headDimension = metadata.integerOr("llama.attention.key_length", 2, 4096, embeddingLength / heads);
        int valueLength = metadata.integerOr("llama.attention.value_length", 2, 4096, headDimension);
        if (valueLength != headDimension || headDimension < 2) {
            throw metadata.fault(
                    "llama.attention.value_length",
                    "is " + valueLength + ", expected the length of a key, " + headDimension);
        }
        return new ModelConfig(
                architecture,
                String.valueOf(metadata.stringOr("general.name", "unnamed")),
                metadata.integer("llama.block_count", 1, 4096),
                embeddingLength,
                metadata.integer("llama.feed_forward_length", 1, LARGEST_DIMENSION),
                heads,
                kvHeads,
                headDimension,
                metadata.strings("tokenizer.ggml.tokens").size(),
                metadata.integer("llama.context_length", 1, LARGEST_CONTEXT),
                (float) metadata.numberOr("llama.attention.layer_norm_rms_epsilon", 1e-5),
                RopeConfig.of(metadata, headDimension));
    }
}
