// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Draws tokens from logits. In this order: repetition penalty, frequency and presence penalties, biases, what may come
 * next at all, temperature; then top-k, top-p over the mass that top-k left (Holtzman et al. 2020, section 3.1), and
 * min-p against the most likely token (Nguyen et al. 2024).
 *
 * <p>Cuts are made on logits where they can be, so that the exponential of most of a vocabulary is never taken: of top-k
 * and min-p for what they leave, of top-p for that and the sum. Only without any cut is the whole distribution computed.
 *
 * <p>What a sequence gets depends on its own logits and {@link SamplingState} alone. NaN counts as -Infinity. Buffers
 * are allocated once; one thread uses a sampler.
 */
final class Sampler {
    /** Instead of a token: every logit is NaN or -Infinity. */
    static final int NO_TOKEN = -1;

    private final Kernels kernels;
    private final float[] adjusted;
    private final Distribution distribution;
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
        this.distribution = new Distribution(kernels, arena, vocabularySize);
        this.candidates = new Candidates(vocabularySize);
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
        float largest = largest();
        if (largest == Float.NEGATIVE_INFINITY) {
            return NO_TOKEN;
        }
        if (temperature == 0) {
            return firstOf(largest);
        }
        if (!state.parameters().cuts(adjusted.length)) {
            distribution.compute(adjusted, largest, temperature);
            int drawn = distribution.draw(state.nextUniform());
            return drawn == NO_TOKEN ? firstOf(largest) : drawn;
        }
        selectCandidates(state.parameters(), largest);
        return candidates.draw(state.nextUniform());
    }

    /** The tokens that the last draw chose from, if it made a cut. */
    Candidates candidates() {
        return candidates;
    }

    /** The largest logit; leaves no NaN, and no infinity but -Infinity. */
    private float largest() {
        float largest = maximum();
        if (Float.isNaN(largest) || largest == Float.POSITIVE_INFINITY) {
            makeUsable();
            largest = maximum();
        }
        return largest;
    }

    private float maximum() {
        float maximum = Float.NEGATIVE_INFINITY;
        for (float logit : adjusted) {
            maximum = Math.max(maximum, logit);
        }
        return maximum;
    }

    private void makeUsable() {
        for (int token = 0; token < adjusted.length; token++) {
            float logit = adjusted[token];
            adjusted[token] = Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : Math.min(logit, Float.MAX_VALUE);
        }
    }

    private int firstOf(float logit) {
        int token = 0;
        while (adjusted[token] != logit) {
            token++;
        }
        return token;
    }

    private void selectCandidates(SamplingParameters parameters, float largest) {
        float temperature = parameters.temperature();
        float topP = parameters.topP();
        double mass;
        if (parameters.cutsTopK(adjusted.length)) {
            top.select(adjusted, parameters.topK());
            candidates.startWith(top, adjusted, largest, temperature);
            mass = candidates.mass();
        } else if (topP < 1) {
            mass = distribution.mass(adjusted, largest, temperature);
            // All tokens below this together have less than half of 1 - topP, half for rounding: top-p drops them
            // anyway.
            double dropped = (1 - topP) / (2.0 * adjusted.length) * mass;
            candidates.startWithAtLeast(Math.max(dropped, parameters.minP()), adjusted, largest, temperature);
        } else {
            mass = 0;
            candidates.startWithAtLeast(parameters.minP(), adjusted, largest, temperature);
        }
        if (topP < 1) {
            candidates.keepMass(topP * mass);
        }
        if (parameters.minP() > 0) {
            candidates.keepAtLeast(parameters.minP());
        }
    }
}
