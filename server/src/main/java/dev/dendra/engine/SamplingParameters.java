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

    /**
     * Copies the map.
     *
     * @throws IllegalArgumentException if a parameter is NaN or out of its range
     */
    public SamplingParameters {
        logitBias = Map.copyOf(logitBias);
        require(temperature >= 0 && temperature <= 2, "temperature", temperature);
        require(topK >= 0, "topK", topK);
        require(topP > 0 && topP <= 1, "topP", topP);
        require(minP >= 0 && minP <= 1, "minP", minP);
        require(repetitionPenalty > 0 && repetitionPenalty <= Float.MAX_VALUE, "repetitionPenalty", repetitionPenalty);
        require(Math.abs(frequencyPenalty) <= 2, "frequencyPenalty", frequencyPenalty);
        require(Math.abs(presencePenalty) <= 2, "presencePenalty", presencePenalty);
        for (Map.Entry<Integer, Float> bias : logitBias.entrySet()) {
            require(Math.abs(bias.getValue()) <= 100, "logitBias of token " + bias.getKey(), bias.getValue());
        }
    }

    private static void require(boolean inRange, String name, Number value) {
        if (!inRange) {
            throw new IllegalArgumentException(name + " is out of range: " + value);
        }
    }

    /** Whether top-k, top-p or min-p leave out any of {@code vocabularySize} tokens. */
    boolean cuts(int vocabularySize) {
        return cutsTopK(vocabularySize) || topP < 1 || minP > 0;
    }

    boolean cutsTopK(int vocabularySize) {
        return topK > 0 && topK < vocabularySize;
    }

    /** The most likely token, always. */
    public static SamplingParameters greedy() {
        return new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(), 0);
    }
}
