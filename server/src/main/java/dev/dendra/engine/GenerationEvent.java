// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a generation tells its reader, in this order: a scored prompt if asked for, tokens, then one of the ends. */
public sealed interface GenerationEvent {

    /** The prompt's scores: one entry for each prompt token but the first. */
    record PromptScored(List<TokenLogprobs> entries) implements GenerationEvent {}

    /** A token; with its log-probabilities if they were asked for. */
    record TokenGenerated(int token, @Nullable TokenLogprobs logprobs) implements GenerationEvent {}

    /** The end; {@code cachedTokens} of the prompt's tokens were in the prefix cache and not computed again. */
    record Finished(FinishReason reason, int promptTokens, int generatedTokens, int cachedTokens)
            implements GenerationEvent {}

    /** The end before its time; {@code message} may be shown to the client. */
    record Failed(FailureKind kind, String message) implements GenerationEvent {}

    /** What ended a generation before its time. */
    enum FailureKind {
        /** Something broke, or the engine stops. */
        ERROR,
        /** {@link RequestTerms#deadline()} has passed. */
        DEADLINE,
        /** The request's {@link TokenConstraint} takes too many operations. */
        CONSTRAINT
    }

    /** Why a generation ended well. */
    enum FinishReason {
        /** A stop token was generated. */
        STOP,
        /** {@code maximumTokens} or the context length was reached. */
        LENGTH,
        /** {@link Generation#cancel()} was called. */
        CANCELLED
    }
}
