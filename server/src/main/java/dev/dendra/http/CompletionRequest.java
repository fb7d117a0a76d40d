// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.tokenizer.Tokenizer;
import java.util.List;

/**
 * A request to {@code /v1/completions}, checked.
 *
 * @param options what both endpoints know
 * @param prompts one or more, each answered by {@code options.choices()} choices
 * @param maximumTokens most tokens to generate for a choice
 * @param logprobs alternatives for each token, or -1 for no log-probabilities
 * @param echo whether the answer starts with the prompt
 */
record CompletionRequest(
        GenerationOptions options, List<Prompt> prompts, int maximumTokens, int logprobs, boolean echo) {

    /** Most candidates of one request, over all its prompts. */
    static final int MAXIMUM_CHOICES_IN_ALL = 128;

    private static final int DEFAULT_MAXIMUM_TOKENS = 16;
    private static final int MAXIMUM_LOGPROBS = 5;

    CompletionRequest {
        prompts = List.copyOf(prompts);
    }

    /** Reads and checks {@code body}. */
    static CompletionRequest read(RequestReader body, Tokenizer tokenizer) {
        if (body.isSet("suffix")) {
            throw ApiException.unsupported("suffix", "'suffix' is not supported: the model cannot fill in the middle.");
        }
        UnsupportedFields.refuse(body);
        GenerationOptions options = GenerationOptions.read(body, tokenizer.vocabularySize());
        int maximumTokens = body.integer("max_tokens", 0, Integer.MAX_VALUE).orElse(DEFAULT_MAXIMUM_TOKENS);
        options.end().requireAtMost(maximumTokens);
        return new CompletionRequest(
                options,
                new PromptReader("prompt", tokenizer, MAXIMUM_CHOICES_IN_ALL / options.candidates()).read(body),
                maximumTokens,
                body.integer("logprobs", 0, MAXIMUM_LOGPROBS).orElse(GenerationSpecification.NO_LOGPROBS),
                body.flag("echo"));
    }
}
