// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Set;

/**
 * What the engine is asked to generate.
 *
 * @param id for logs
 * @param promptTokens at least one token; begin-of-sequence included where it is wanted
 * @param maximumTokens most tokens to generate; 0 only scores the prompt
 * @param sampling how tokens are drawn
 * @param stopTokens tokens that end the generation; they are reported as generated, the caller leaves them out of text
 * @param logprobs alternatives reported with each generated token, or -1 for no log-probabilities at all
 * @param promptLogprobs whether prompt tokens are scored too, with {@code logprobs} alternatives
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in; a list of boxes would cost more than it protects
public record GenerationRequest(
        String id,
        int[] promptTokens,
        int maximumTokens,
        SamplingParameters sampling,
        Set<Integer> stopTokens,
        int logprobs,
        boolean promptLogprobs) {

    /** Copies what is mutable. */
    public GenerationRequest {
        promptTokens = promptTokens.clone();
        stopTokens = Set.copyOf(stopTokens);
    }
}
