// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.EngineOptions;
import dev.dendra.model.LanguageModel;
import java.time.Duration;

/**
 * Limits that the user may set on an engine.
 *
 * @param queue most requests that wait
 * @param maximumSequences most requests in progress
 * @param prefillChunk most prompt tokens of a step beside sequences that decode; 0 for what the engine measures
 * @param stallLimit longest time of a step while the engine counts as healthy
 */
record EngineLimits(int queue, int maximumSequences, int prefillChunk, Duration stallLimit) {

    /** Most rows of a step unless more sequences than this are allowed. */
    private static final int STEP_ROWS = 256;

    /** Rows a model must be able to compute in one step. */
    int stepRows() {
        return Math.max(STEP_ROWS, maximumSequences);
    }

    /** The engine's options for {@code model}, which computes {@link #stepRows()}. */
    EngineOptions options(LanguageModel model) {
        return new EngineOptions(queue, maximumSequences, stepRows(), Math.min(prefillChunk, stepRows()), stallLimit);
    }
}
