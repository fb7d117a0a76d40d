// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.RequestTerms;
import dev.dendra.engine.SamplingParameters;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.Tokenizer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One choice to generate: what the engine needs, and what turns its tokens into text.
 *
 * @param prompt what comes before
 * @param maximumTokens most tokens to generate; the engine ends earlier where the context does
 * @param sampling how tokens are drawn
 * @param stopTokens tokens that end the generation and are left out of the text
 * @param stop strings that end the generation and are left out of the text
 * @param minimumTokens tokens before which neither stop tokens nor stop strings end it
 * @param logprobs alternatives for each token, or {@link #NO_LOGPROBS}
 * @param continuation how the text relates to the prompt
 * @param echo whether the text starts with the prompt's
 * @param scoresPrompt whether the scores start with those of the prompt's tokens
 * @param constraint what the generated text must keep to; null for nothing
 * @param terms who asks, and how urgently
 */
record GenerationSpecification(
        Prompt prompt,
        int maximumTokens,
        SamplingParameters sampling,
        Set<Integer> stopTokens,
        List<String> stop,
        int minimumTokens,
        int logprobs,
        Continuation continuation,
        boolean echo,
        boolean scoresPrompt,
        @Nullable AnswerConstraint constraint,
        RequestTerms terms) {

    /** How a generated text relates to its prompt. */
    enum Continuation {
        /** It goes on from the prompt's text: a space at its start counts. */
        OF_TEXT {
            @Override
            IncrementalDetokenizer detokenizer(Tokenizer tokenizer) {
                return IncrementalDetokenizer.ofContinuation(tokenizer);
            }
        },
        /** It is a text of its own, such as an answer in a conversation. */
        NEW_TEXT {
            @Override
            IncrementalDetokenizer detokenizer(Tokenizer tokenizer) {
                return IncrementalDetokenizer.ofText(tokenizer);
            }
        };

        /** What turns the generated tokens into text. */
        abstract IncrementalDetokenizer detokenizer(Tokenizer tokenizer);
    }

    /** No log-probabilities are wanted. */
    static final int NO_LOGPROBS = -1;

    /** The engine's part of it. */
    GenerationRequest request(String id) {
        return new GenerationRequest(
                id,
                prompt.tokens(),
                minimumTokens,
                maximumTokens,
                sampling,
                stopTokens,
                logprobs,
                scoresPrompt,
                constraint == null ? null : constraint.tokens(),
                terms);
    }
}
