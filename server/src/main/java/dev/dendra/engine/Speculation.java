// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import java.util.List;

/**
 * Speculative decoding without a model of its own (Leviathan et al. 2023; guesses: {@link PromptLookup}). Guessed tokens
 * are rows of the step behind a sequence's last token. Each row's token is drawn exactly as if it had been computed
 * alone, from the same random numbers, and counts as long as the guesses before it were right: answers are the same with
 * and without. What was computed for wrong guesses is overwritten by later steps.
 *
 * <p>Guesses take free rows, free KV blocks and what time they are likely to save; nobody waits for them. Scheduler
 * thread.
 */
final class Speculation {
    private final int stepRows;
    private final StepCosts costs;
    private final BlockPool blocks;

    Speculation(int stepRows, StepCosts costs, BlockPool blocks) {
        this.stepRows = stepRows;
        this.costs = costs;
        this.blocks = blocks;
    }

    /** Guesses for the next step, of which half of what decoding leaves is free for it. */
    void guess(List<Sequence> running) {
        int decodes = 0;
        for (int i = 0; i < running.size(); i++) {
            decodes += running.get(i).isDecoding() ? 1 : 0;
        }
        double seconds = costs.decoding(decodes);
        if (seconds == 0) {
            return;
        }
        double share = seconds / decodes;
        double row = costs.furtherRow(decodes, GuessLength.LIMIT);
        int room = (stepRows - decodes) / 2;
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            Draft draft = sequence.draft();
            if (draft == null || !sequence.isDecoding()) {
                continue;
            }
            // The last token of an answer is never computed.
            int left = sequence.maximumTokens() - sequence.generated() - 1;
            draft.guess(Math.min(room, left), share, row);
            holdBlocks(sequence, draft);
            room -= draft.size();
        }
    }

    /** Learns from a step whose tokens were drawn; tokens accepted. */
    int learn(Step step) {
        int accepted = 0;
        for (int i = 0; i < step.sequenceCount(); i++) {
            Draft draft = step.sequence(i).draft();
            int guesses = step.guessesOf(i);
            if (draft != null && guesses > 0) {
                int right = step.sequence(i).takeAccepted();
                draft.outcome(guesses, right);
                accepted += right;
            }
        }
        return accepted;
    }

    private void holdBlocks(Sequence sequence, Draft draft) {
        BlockTable table = sequence.blocks();
        int wanted = BlockPool.blocksFor(sequence.length() + draft.size());
        while (table.size() < wanted) {
            int block = blocks.take(sequence.tenant().blocks());
            if (block == BlockPool.NONE) {
                draft.limit(table.size() * KvLayout.BLOCK_TOKENS - sequence.length());
                return;
            }
            table.add(block);
        }
    }
}
