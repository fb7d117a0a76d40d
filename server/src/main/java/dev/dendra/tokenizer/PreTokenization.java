// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;

/**
 * What a file's {@code tokenizer.ggml.pre} stands for.
 *
 * @param preTokenizer how text is cut into pieces
 * @param keepsWholePieces whether a piece that is a token stays whole even where merges would not make it
 * @param addsBeginOfSequenceByDefault what a file means that does not say
 */
record PreTokenization(PreTokenizer preTokenizer, boolean keepsWholePieces, boolean addsBeginOfSequenceByDefault) {
    private static final String KEY = "tokenizer.ggml.pre";

    /**
     * Reads {@code tokenizer.ggml.pre}.
     *
     * @throws ModelFormatException when it is missing, or a name that is not known here
     */
    static PreTokenization of(ModelMetadata metadata) throws ModelFormatException {
        String name = metadata.string(KEY);
        return switch (name) {
            case "gpt-2" -> new PreTokenization(new Gpt2PreTokenizer(), false, false);
            case "smollm" -> new PreTokenization(new SmolLmPreTokenizer(), false, false);
            case "llama-bpe", "llama3", "llama-v3" -> new PreTokenization(new TiktokenPreTokenizer(3), true, true);
            case "qwen2" -> new PreTokenization(new TiktokenPreTokenizer(1), false, false);
            default ->
                throw metadata.fault(
                        KEY, "is '" + name + "', which is not supported; known are gpt-2, smollm, llama-bpe, qwen2");
        };
    }
}
