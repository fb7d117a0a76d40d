// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;

/** Makes the tokenizer that a model file describes. */
public final class TokenizerFactory {
    private static final String MODEL = "tokenizer.ggml.model";

    private TokenizerFactory() {}

    /**
     * The tokenizer of a model: byte-level BPE ({@code tokenizer.ggml.model} is {@code gpt2}, with the pre-tokenizers
     * {@code gpt-2}, {@code smollm}, {@code llama-bpe} and {@code qwen2}) or SentencePiece ({@code llama}).
     *
     * @throws ModelFormatException for any other tokenizer, by name, and for metadata that contradict themselves
     */
    public static Tokenizer of(ModelMetadata metadata) throws ModelFormatException {
        String model = metadata.string(MODEL);
        return switch (model) {
            case "gpt2" -> ByteLevelBpeTokenizer.of(metadata);
            case "llama" -> SentencePieceTokenizer.of(metadata);
            default ->
                throw metadata.fault(MODEL, "is '" + model + "', which is not supported; known are gpt2 and llama");
        };
    }
}
