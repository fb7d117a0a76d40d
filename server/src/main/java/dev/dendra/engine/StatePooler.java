// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;

/**
 * Takes the hidden states of a step to the {@linkplain PooledState vectors} of the texts that they belong to, and ends
 * texts that are complete. What fails, fails for one text. Scheduler thread.
 */
final class StatePooler {
    private final LanguageModel model;
    private final Reporter reporter;
    private final int[] stepRows;

    /** For steps of up to {@code stepTokens} rows. */
    StatePooler(LanguageModel model, Reporter reporter, int stepTokens) {
        this.model = model;
        this.reporter = reporter;
        this.stepRows = new int[stepTokens];
        for (int i = 0; i < stepTokens; i++) {
            stepRows[i] = i;
        }
    }

    /** Reads the hidden states of a step that was computed. */
    void pool(Step computed) {
        int end = 0;
        for (int i = 0; i < computed.sequenceCount(); i++) {
            Sequence sequence = computed.sequence(i);
            PooledState state = sequence.pooled();
            int rows = computed.rowsOf(i);
            end += rows;
            if (state == null || sequence.hasEnded()) {
                continue;
            }
            try {
                pool(sequence, state, rows, end);
            } catch (Throwable e) {
                reporter.failed(sequence, Scheduler.INTERNAL_ERROR, e);
            }
        }
    }

    /** Pools the {@code rows} rows before step row {@code end}. */
    private void pool(Sequence sequence, PooledState state, int rows, int end) {
        boolean last = sequence.computed() == sequence.promptLength();
        int most = model.maximumLogitRows();
        for (int from = end - state.wanted(rows, last); from < end; from += most) {
            int to = Math.min(from + most, end);
            FloatMatrix states = model.hiddenStates(stepRows, from, to);
            for (int row = 0; row < to - from; row++) {
                state.add(states, row);
            }
        }
        if (last && state.finish()) {
            reporter.finished(sequence, FinishReason.LENGTH);
        } else if (last) {
            reporter.failed(sequence, "the model's hidden states of this text have no direction", null);
        }
    }
}
