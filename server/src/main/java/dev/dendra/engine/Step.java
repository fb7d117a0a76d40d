// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.StepRows;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one step and whom they belong to; allocated once, filled anew for each step.
 *
 * <p>Every decoding sequence has its row first. What is left of the step goes to prompts in the order in which they were
 * admitted, so a long prompt is computed in chunks over several steps and never holds up those who decode.
 */
final class Step {
    private final StepRows rows;
    private final Sequence[] sequences;
    private final int[] sequenceRows;
    private final int[] logitRows;
    private final @Nullable Sequence[] logitOwners;
    private int sequenceCount;
    private int rowCount;
    private int tableLength;
    private int logitCount;
    private int promptTokens;

    /**
     * Room for a step.
     *
     * @param arena lifetime
     * @param capacity most rows
     * @param maximumSequences most sequences
     * @param kvBlocks blocks of the cache: no two sequences share one, so all tables together have no more entries
     */
    Step(Arena arena, int capacity, int maximumSequences, int kvBlocks) {
        this.rows = new StepRows(arena, capacity, kvBlocks);
        this.sequences = new Sequence[maximumSequences];
        this.sequenceRows = new int[maximumSequences];
        this.logitRows = new int[capacity];
        this.logitOwners = new Sequence[capacity];
    }

    /** Fills the step from the sequences in progress, which are in order of admission. */
    void form(List<Sequence> running) {
        sequenceCount = 0;
        rowCount = 0;
        tableLength = 0;
        logitCount = 0;
        promptTokens = 0;
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).isDecoding()) {
                add(running.get(i), 1);
            }
        }
        for (int i = 0; i < running.size() && rowCount < rows.capacity(); i++) {
            Sequence sequence = running.get(i);
            if (!sequence.isDecoding()) {
                int chunk = Math.min(sequence.pending(), rows.capacity() - rowCount);
                add(sequence, chunk);
                promptTokens += chunk;
            }
        }
    }

    private void add(Sequence sequence, int count) {
        int from = sequence.computed();
        int[] blocks = sequence.blocks();
        int tableStart = tableLength;
        int blocksInUse = KvBlockAllocator.blocksFor(from + count);
        for (int i = 0; i < blocksInUse; i++) {
            rows.setBlock(tableLength++, blocks[i]);
        }
        boolean scoresPrompt = sequence.request().promptLogprobs();
        for (int position = from; position < from + count; position++) {
            if (scoresPrompt || position >= sequence.promptLength() - 1) {
                logitRows[logitCount] = rowCount;
                logitOwners[logitCount] = sequence;
                logitCount++;
            }
            rows.setRow(rowCount++, sequence.tokenAt(position), position, tableStart);
        }
        sequences[sequenceCount] = sequence;
        sequenceRows[sequenceCount] = count;
        sequenceCount++;
    }

    StepRows rows() {
        return rows;
    }

    int rowCount() {
        return rowCount;
    }

    int promptTokens() {
        return promptTokens;
    }

    int decodedSequences() {
        return rowCount - promptTokens;
    }

    int sequenceCount() {
        return sequenceCount;
    }

    Sequence sequence(int index) {
        return sequences[index];
    }

    /** Rows of that sequence in this step. */
    int rowsOf(int index) {
        return sequenceRows[index];
    }

    /** Rows whose logits are needed: those that a token is drawn from, and all of a prompt that is scored. */
    int[] logitRows() {
        return logitRows;
    }

    int logitCount() {
        return logitCount;
    }

    /** Whose row {@code logitRows()[index]} is. */
    Sequence logitOwner(int index) {
        Sequence owner = logitOwners[index];
        if (owner == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return owner;
    }

    /** Position of row {@code logitRows()[index]} in its sequence. */
    int logitPosition(int index) {
        return rows.position(logitRows[index]);
    }
}
