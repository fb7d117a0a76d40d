// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Map;

/**
 * How the next token is drawn from the logits. Penalties and biases come first, then temperature, top-k, top-p and
 * min-p cut the tail, then one token is drawn.
 *
 * @param temperature 0 takes the most likely token, else at most 2
 * @param topK keeps the k most likely tokens; 0 keeps all
 * @param topP keeps the smallest set of tokens whose probabilities reach this, in (0, 1]
 * @param minP drops tokens less likely than this share of the most likely one, in [0, 1]
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens seen in prompt or output, above 0;
 *     1 does nothing (Keskar et al. 2019, section 4.1)
 * @param frequencyPenalty subtracted for each occurrence in the output, -2 to 2
 * @param presencePenalty subtracted once for tokens in the output, -2 to 2
 * @param logitBias added to the logits of these tokens, -100 to 100
 * @param seed of the random numbers: the same seed, prompt and parameters draw the same tokens
 */
public record SamplingParameters(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float frequencyPenalty,
        float presencePenalty,
        Map<Integer, Float> logitBias,
        long seed) {

    /** Copies the map. */
    public SamplingParameters {
        logitBias = Map.copyOf(logitBias);
    }

    /** The most likely token, always. */
    public static SamplingParameters greedy() {
        return new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(), 0);
    }
}
