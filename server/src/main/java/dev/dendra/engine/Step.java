// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.StepRows;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one step and whom they belong to; allocated once, filled anew for each step.
 *
 * <p>Every decoding sequence has its row first. Of what is left, prompts get what the {@link PromptBudget} allows, those
 * of the tenant that was served least first; so a long prompt is computed in chunks over several steps, and holds up
 * neither those who decode nor another tenant's prompts.
 */
final class Step {
    private final StepRows rows;
    private final Sequence[] sequences;
    private final int[] sequenceRows;
    private final int[] sequenceGuesses;
    private final int[] logitRows;
    private final @Nullable Sequence[] logitOwners;
    private int sequenceCount;
    private int rowCount;
    private int tableLength;
    private int logitCount;
    private int promptTokens;
    private int guesses;
    private long contextTokens;

    /**
     * Room for a step.
     *
     * @param arena lifetime
     * @param capacity most rows
     * @param maximumSequences most sequences
     * @param blocksEach most KV blocks of a sequence
     */
    Step(Arena arena, int capacity, int maximumSequences, int blocksEach) {
        this.rows = new StepRows(arena, capacity, Math.multiplyExact(maximumSequences, blocksEach));
        this.sequences = new Sequence[maximumSequences];
        this.sequenceRows = new int[maximumSequences];
        this.sequenceGuesses = new int[maximumSequences];
        this.logitRows = new int[capacity];
        this.logitOwners = new Sequence[capacity];
    }

    /** Fills the step from the sequences in progress. */
    void form(List<Sequence> running, PromptBudget budget) {
        sequenceCount = 0;
        rowCount = 0;
        tableLength = 0;
        logitCount = 0;
        promptTokens = 0;
        guesses = 0;
        contextTokens = 0;
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).isDecoding()) {
                addDecode(running.get(i));
            }
        }
        int left = budget.rows(rowCount);
        Sequence next = left > 0 ? nextPrompt(running, null) : null;
        while (next != null) {
            int chunk = Math.min(next.pending(), left);
            add(next, chunk);
            promptTokens += chunk;
            left -= chunk;
            next = left > 0 ? nextPrompt(running, next) : null;
        }
    }

    private void addDecode(Sequence sequence) {
        Draft draft = sequence.draft();
        int guessed = draft == null ? 0 : draft.size();
        add(sequence, 1 + guessed);
        sequenceGuesses[sequenceCount - 1] = guessed;
        guesses += guessed;
    }

    /** Of the sequences with more to compute than a generated token, the one after {@code last}; null after the last. */
    private static @Nullable Sequence nextPrompt(List<Sequence> running, @Nullable Sequence last) {
        Sequence next = null;
        for (int i = 0; i < running.size(); i++) {
            Sequence sequence = running.get(i);
            boolean computesPrompt = !sequence.isDecoding() && !sequence.isFollowing();
            if (computesPrompt
                    && (last == null || comesBefore(last, sequence))
                    && (next == null || comesBefore(sequence, next))) {
                next = sequence;
            }
        }
        return next;
    }

    /** A total order: of tenants by what they were served, within a tenant as in its queue. */
    private static boolean comesBefore(Sequence one, Sequence other) {
        if (one.tenant() == other.tenant()) {
            return one.comesBefore(other);
        }
        long difference = one.tenant().served() - other.tenant().served();
        return difference != 0
                ? difference < 0
                : one.tenant().number() < other.tenant().number();
    }

    private void add(Sequence sequence, int count) {
        int from = sequence.computed();
        BlockTable blocks = sequence.blocks();
        int tableStart = tableLength;
        int blocksInUse = BlockPool.blocksFor(from + count);
        for (int i = 0; i < blocksInUse; i++) {
            rows.setBlock(tableLength++, blocks.get(i));
        }
        for (int position = from; position < from + count; position++) {
            if (sequence.needsLogits(position)) {
                logitRows[logitCount] = rowCount;
                logitOwners[logitCount] = sequence;
                logitCount++;
            }
            rows.setRow(rowCount++, sequence.tokenAt(position), position, tableStart);
        }
        sequences[sequenceCount] = sequence;
        sequenceRows[sequenceCount] = count;
        sequenceGuesses[sequenceCount] = 0;
        sequenceCount++;
        contextTokens += from + count;
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
        return rowCount - promptTokens - guesses;
    }

    /** Rows of guessed tokens, beside one of each decoded sequence. */
    int guesses() {
        return guesses;
    }

    /** Tokens whose keys and values the step reads: of each sequence all up to its last row. */
    long contextTokens() {
        return contextTokens;
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

    /** Those of them, the last, whose tokens are guessed. */
    int guessesOf(int index) {
        return sequenceGuesses[index];
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

    /** Token of row {@code logitRows()[index]}. */
    int logitToken(int index) {
        return rows.token(logitRows[index]);
    }

    /** Position of row {@code logitRows()[index]} in its sequence. */
    int logitPosition(int index) {
        return rows.position(logitRows[index]);
    }
}
