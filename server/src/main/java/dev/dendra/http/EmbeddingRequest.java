// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.EmbeddingService.Pooling;
import dev.dendra.engine.RequestTerms;
import dev.dendra.tokenizer.Tokenizer;
import java.util.List;

/**
 * A request to {@code /v1/embeddings}, checked.
 *
 * @param prompts texts to turn into vectors, one or more
 * @param pooling how the hidden states of a text become one vector
 * @param encoding how a vector is written
 * @param terms who asks, and how urgently
 */
record EmbeddingRequest(List<Prompt> prompts, Pooling pooling, Encoding encoding, RequestTerms terms) {
    /** Most texts of one request. */
    static final int MAXIMUM_INPUTS = 2048;

    /** Most tokens of one request, over all its texts. */
    static final int MAXIMUM_TOKENS = 300_000;

    private static final String INPUT = "input";

    /** How a vector is written. */
    enum Encoding {
        /** A list of numbers. */
        FLOAT,
        /** The bytes of its elements, 32-bit floats, little end first, in base64. */
        BASE64
    }

    EmbeddingRequest {
        prompts = List.copyOf(prompts);
    }

    /**
     * Reads and checks {@code body}.
     *
     * @param dimensions of the model's vectors
     * @param contextLength most tokens of a text
     */
    static EmbeddingRequest read(RequestReader body, Tokenizer tokenizer, int dimensions, int contextLength) {
        UnsupportedFields.refuse(body);
        body.integer("dimensions", 1, Integer.MAX_VALUE).ifPresent(asked -> {
            if (asked != dimensions) {
                throw ApiException.unsupported(
                        "dimensions",
                        "'dimensions' is " + asked + ", but the model's vectors have " + dimensions + ".");
            }
        });
        List<Prompt> prompts = new PromptReader(INPUT, tokenizer, MAXIMUM_INPUTS).read(body);
        long tokens = 0;
        for (int i = 0; i < prompts.size(); i++) {
            int length = prompts.get(i).tokens().length;
            tokens += length;
            if (length > contextLength) {
                throw ApiException.promptTooLong(
                        INPUT,
                        "Text " + i + " has " + length + " tokens, more than the context of " + contextLength + ".");
            }
        }
        if (tokens > MAXIMUM_TOKENS) {
            throw ApiException.invalid(
                    INPUT, "'input' has " + tokens + " tokens in all, but at most " + MAXIMUM_TOKENS + " are allowed.");
        }
        return new EmbeddingRequest(prompts, pooling(body), encoding(body), TermsReader.read(body));
    }

    private static Pooling pooling(RequestReader body) {
        return switch (word(body, "pooling", "mean")) {
            case "mean" -> Pooling.MEAN;
            case "last" -> Pooling.LAST;
            default -> throw ApiException.invalid("pooling", "'pooling' must be mean or last.");
        };
    }

    private static Encoding encoding(RequestReader body) {
        return switch (word(body, "encoding_format", "float")) {
            case "float" -> Encoding.FLOAT;
            case "base64" -> Encoding.BASE64;
            default -> throw ApiException.invalid("encoding_format", "'encoding_format' must be float or base64.");
        };
    }

    private static String word(RequestReader body, String name, String absent) {
        String word = body.string(name);
        return word == null ? absent : word;
    }
}
