// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What sampling remembers of one sequence: its parameters, its random numbers, the tokens it has seen. */
final class SamplingState {
    private final SamplingParameters parameters;
    private final SplittableRandom random;
    private final @Nullable TokenCounts counts;
    private final int[] biasedTokens;
    private final float[] biases;
    private final TokenFilter filter;

    SamplingState(GenerationRequest request) {
        this.parameters = request.sampling();
        this.filter = new TokenFilter(request);
        this.random = new SplittableRandom(parameters.seed());
        this.counts = penalizes(parameters) ? countPrompt(request.promptTokens()) : null;
        Map<Integer, Float> bias = parameters.logitBias();
        this.biasedTokens = new int[bias.size()];
        this.biases = new float[bias.size()];
        int i = 0;
        for (Map.Entry<Integer, Float> entry : bias.entrySet()) {
            biasedTokens[i] = entry.getKey();
            biases[i] = entry.getValue();
            i++;
        }
    }

    private static boolean penalizes(SamplingParameters parameters) {
        return parameters.repetitionPenalty() != 1
                || parameters.frequencyPenalty() != 0
                || parameters.presencePenalty() != 0;
    }

    private static TokenCounts countPrompt(int[] prompt) {
        TokenCounts counts = new TokenCounts();
        for (int token : prompt) {
            counts.addPrompt(token);
        }
        return counts;
    }

    SamplingParameters parameters() {
        return parameters;
    }

    /** Whether {@link #adjust} changes anything. */
    boolean adjustsLogits() {
        return counts != null || biases.length > 0 || filter.filters();
    }

    /** Applies to a row of logits the repetition, frequency and presence penalties, then the biases, then the filter. */
    void adjust(float[] logits) {
        if (counts != null) {
            penalize(counts, logits);
        }
        for (int i = 0; i < biases.length; i++) {
            logits[biasedTokens[i]] += biases[i];
        }
        filter.apply(logits);
    }

    private void penalize(TokenCounts seen, float[] logits) {
        float repetition = parameters.repetitionPenalty();
        for (int i = 0; i < seen.size(); i++) {
            int token = seen.token(i);
            float logit = logits[token];
            logit = logit > 0 ? logit / repetition : logit * repetition;
            int generated = seen.generated(i);
            if (generated > 0) {
                logit -= generated * parameters.frequencyPenalty() + parameters.presencePenalty();
            }
            logits[token] = logit;
        }
    }

    /** Notes a generated token. */
    void generated(int token) {
        filter.generated(token);
        if (counts != null) {
            counts.addGenerated(token);
        }
    }

    boolean isStopToken(int token) {
        return filter.isStopToken(token);
    }

    /** Whether a constraint leaves nothing to generate. */
    boolean mustEnd() {
        return filter.mustEnd();
    }

    /** The next random number in [0, 1). */
    double nextUniform() {
        return random.nextDouble();
    }
}
