// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the engine is asked to generate.
 *
 * @param id for logs
 * @param promptTokens at least one token; begin-of-sequence included where it is wanted
 * @param minimumTokens tokens before which no stop token is drawn, at least 0
 * @param maximumTokens most tokens to generate; 0 only scores the prompt
 * @param sampling how tokens are drawn
 * @param stopTokens tokens that end the generation; they are reported as generated, the caller leaves them out of text
 * @param logprobs alternatives reported with each generated token, or -1 for no log-probabilities at all
 * @param promptLogprobs whether prompt tokens are scored too, with {@code logprobs} alternatives
 * @param constraint what the generated tokens must keep to; null for nothing
 * @param terms who asks, and how urgently
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in; a list of boxes would cost more than it protects
public record GenerationRequest(
        String id,
        int[] promptTokens,
        int minimumTokens,
        int maximumTokens,
        SamplingParameters sampling,
        Set<Integer> stopTokens,
        int logprobs,
        boolean promptLogprobs,
        @Nullable TokenConstraint constraint,
        RequestTerms terms) {

    /** Copies what is mutable. */
    public GenerationRequest {
        promptTokens = promptTokens.clone();
        stopTokens = Set.copyOf(stopTokens);
    }

    /** Without log-probabilities, constraint or terms: the most that a caller on this machine wants. */
    public static GenerationRequest plain(
            String id, int[] promptTokens, int maximumTokens, SamplingParameters sampling, Set<Integer> stopTokens) {
        return new GenerationRequest(
                id, promptTokens, 0, maximumTokens, sampling, stopTokens, -1, false, null, RequestTerms.ANONYMOUS);
    }
}
