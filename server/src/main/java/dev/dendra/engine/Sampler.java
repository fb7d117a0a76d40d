// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Draws tokens from logits. In this order: repetition penalty, frequency and presence penalties, biases, temperature;
 * then top-k, top-p over the mass that top-k left (Holtzman et al. 2020, section 3.1), and min-p against the most likely
 * token (Nguyen et al. 2024).
 *
 * <p>What a sequence gets depends on its own logits and {@link SamplingState} alone. NaN counts as -Infinity. Buffers
 * are allocated once; one thread uses a sampler.
 */
final class Sampler {
    /** Instead of a token: every logit is NaN or -Infinity. */
    static final int NO_TOKEN = -1;

    private final Kernels kernels;
    private final float[] adjusted;
    private final float[] probabilities;
    private final FloatMatrix scaled;
    private final TopTokens top = new TopTokens();
    private final Candidates candidates;

    /**
     * Buffers for a vocabulary.
     *
     * @param arena lifetime
     */
    Sampler(Kernels kernels, Arena arena, int vocabularySize) {
        this.kernels = kernels;
        this.adjusted = new float[vocabularySize];
        this.probabilities = new float[vocabularySize];
        this.scaled = FloatMatrix.allocate(arena, 1, vocabularySize);
        this.candidates = new Candidates(probabilities);
    }

    /** Draws the token that follows, or {@link #NO_TOKEN}, and notes it in {@code state}. The logits stay as they are. */
    int sample(FloatMatrix logits, int row, SamplingState state) {
        int token = choose(logits, row, state);
        if (token != NO_TOKEN) {
            state.generated(token);
        }
        return token;
    }

    private int choose(FloatMatrix logits, int row, SamplingState state) {
        float temperature = state.parameters().temperature();
        if (temperature == 0 && !state.adjustsLogits()) {
            int best = kernels.argMax(logits, row);
            return logits.get(row, best) > Float.NEGATIVE_INFINITY ? best : NO_TOKEN;
        }
        MemorySegment.copy(
                logits.segment(), ValueLayout.JAVA_FLOAT, logits.offset(row, 0), adjusted, 0, adjusted.length);
        state.adjust(adjusted);
        int best = best();
        if (best == NO_TOKEN || temperature == 0) {
            return best;
        }
        computeProbabilities(adjusted[best], temperature);
        selectCandidates(state.parameters(), probabilities[best]);
        return candidates.draw(state.nextUniform());
    }

    /** The tokens that the last draw chose from. */
    Candidates candidates() {
        return candidates;
    }

    private int best() {
        int best = NO_TOKEN;
        float largest = Float.NEGATIVE_INFINITY;
        for (int token = 0; token < adjusted.length; token++) {
            if (adjusted[token] > largest) {
                largest = adjusted[token];
                best = token;
            }
        }
        return best;
    }

    private void computeProbabilities(float largest, float temperature) {
        // Infinities are made finite so that no difference is NaN; the largest becomes 0 and can not overflow.
        float offset = Math.min(largest, Float.MAX_VALUE);
        for (int token = 0; token < adjusted.length; token++) {
            float logit = adjusted[token];
            probabilities[token] = logit > Float.NEGATIVE_INFINITY
                    ? (Math.min(logit, Float.MAX_VALUE) - offset) / temperature
                    : Float.NEGATIVE_INFINITY;
        }
        MemorySegment.copy(probabilities, 0, scaled.segment(), ValueLayout.JAVA_FLOAT, 0, probabilities.length);
        kernels.softmax(scaled, 0);
        MemorySegment.copy(scaled.segment(), ValueLayout.JAVA_FLOAT, 0, probabilities, 0, probabilities.length);
    }

    private void selectCandidates(SamplingParameters parameters, float largest) {
        float topP = parameters.topP();
        boolean cutsTopK = parameters.topK() > 0 && parameters.topK() < adjusted.length;
        if (cutsTopK) {
            top.select(adjusted, parameters.topK());
            candidates.startWith(top);
        } else {
            // All tokens below this together have less than half of 1 - topP, half for rounding: top-p drops them
            // anyway.
            float droppedByTopP = (1 - topP) / (2 * adjusted.length);
            candidates.startWithAll(adjusted, Math.max(droppedByTopP, parameters.minP() * largest));
        }
        if (topP < 1) {
            candidates.keepMass(topP * (cutsTopK ? candidates.mass() : 1));
        }
        if (parameters.minP() > 0) {
            candidates.keepAtLeast(parameters.minP() * largest);
        }
    }
}
