// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.model.LanguageModel;
import java.time.Duration;

/**
 * Limits of an engine.
 *
 * @param queueCapacity most requests that wait for their first step, at least 1
 * @param maximumSequences most requests in progress at once, at least 1
 * @param stepTokens most rows of a step, prompt tokens and decoded sequences together; at least
 *     {@code maximumSequences}, so that every sequence in progress moves on at every step or waits only for prompts
 *     that came before it
 * @param stallLimit how long one step may take before {@link Engine#healthy()} turns false, above zero
 */
public record EngineOptions(int queueCapacity, int maximumSequences, int stepTokens, Duration stallLimit) {

    /** Checks the ranges. */
    public EngineOptions {
        if (queueCapacity < 1) {
            throw new IllegalArgumentException("queueCapacity must be at least 1, got " + queueCapacity);
        }
        if (maximumSequences < 1) {
            throw new IllegalArgumentException("maximumSequences must be at least 1, got " + maximumSequences);
        }
        if (stepTokens < maximumSequences) {
            throw new IllegalArgumentException(
                    "stepTokens must be at least maximumSequences = " + maximumSequences + ", got " + stepTokens);
        }
        if (!stallLimit.isPositive()) {
            throw new IllegalArgumentException("stallLimit must be above zero, got " + stallLimit);
        }
    }

    /** 256 waiting, 32 in progress, steps of 256 rows, or what the model allows where that is less. */
    public static EngineOptions defaults(LanguageModel model) {
        int stepTokens = Math.min(256, model.maximumRows());
        return new EngineOptions(256, Math.min(32, stepTokens), stepTokens, Duration.ofMinutes(1));
    }
}
