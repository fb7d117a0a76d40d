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
 * @param promptTokensBesideDecodes most prompt tokens of a step that also has decoded sequences, 1 to {@code stepTokens};
 *     0 has the engine measure how many prolong the step to no more than {@link PromptBudget#LONGEST_STEP} times
 * @param stallLimit how long one step may take before {@link Engine#healthy()} turns false, above zero
 */
public record EngineOptions(
        int queueCapacity, int maximumSequences, int stepTokens, int promptTokensBesideDecodes, Duration stallLimit) {

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
        if (promptTokensBesideDecodes < 0 || promptTokensBesideDecodes > stepTokens) {
            throw new IllegalArgumentException("promptTokensBesideDecodes must be 0 to stepTokens = " + stepTokens
                    + ", got " + promptTokensBesideDecodes);
        }
        if (!stallLimit.isPositive()) {
            throw new IllegalArgumentException("stallLimit must be above zero, got " + stallLimit);
        }
    }

    /** 256 waiting, 32 in progress, steps of 256 rows, prompts beside decodes as measured; or what the model allows where that is less. */
    public static EngineOptions defaults(LanguageModel model) {
        int stepTokens = Math.min(256, model.maximumRows());
        return new EngineOptions(256, Math.min(32, stepTokens), stepTokens, 0, Duration.ofMinutes(1));
    }
}
