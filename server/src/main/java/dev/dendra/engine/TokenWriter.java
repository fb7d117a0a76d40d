// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns the logits of a step into scores and tokens. Sequences are read beside each other on the compute pool, the rows of
 * one in their order. Those whose prompt a sequence has computed for them get their first token from the same row as it
 * does. What fails, fails for one sequence or one batch of rows. Scheduler thread.
 */
final class TokenWriter {
    private final LanguageModel model;
    private final ComputePool pool;
    private final BlockPool blocks;
    private final Reporter reporter;
    private final TokenReader[] readers;
    private final int[] starts;
    private final boolean[] finishesPrompt;
    private final ComputePool.Region readSequence = this::readSequence;
    private @Nullable Step step;
    private @Nullable FloatMatrix logits;
    private int from;

    TokenWriter(
            LanguageModel model, Kernels kernels, ComputePool pool, BlockPool blocks, Reporter reporter, Arena arena) {
        this.model = model;
        this.pool = pool;
        this.blocks = blocks;
        this.reporter = reporter;
        this.readers = new TokenReader[pool.threads()];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = new TokenReader(kernels, reporter, arena, model.vocabularySize());
        }
        this.starts = new int[model.maximumLogitRows() + 1];
        this.finishesPrompt = new boolean[model.maximumLogitRows()];
    }

    /** Reads the logits of a step that was computed; {@code running} are all sequences in progress. */
    void write(Step computed, List<Sequence> running) {
        int count = computed.logitCount();
        for (int first = 0; first < count; first += model.maximumLogitRows()) {
            int to = Math.min(first + model.maximumLogitRows(), count);
            try {
                logits = model.logits(computed.logitRows(), first, to);
            } catch (Throwable e) {
                failOwners(computed, first, to, e);
                continue;
            }
            step = computed;
            from = first;
            pool.run(readSequence, divide(computed, first, to));
            for (int i = first; i < to; i++) {
                if (finishesPrompt[i - first]) {
                    fork(computed.logitOwner(i), logits, i - first, running);
                }
            }
        }
    }

    /** Finds where the rows of each sequence begin; how many sequences. */
    private int divide(Step computed, int first, int to) {
        int sequences = 0;
        for (int i = first; i < to; i++) {
            if (i == first || computed.logitOwner(i) != computed.logitOwner(i - 1)) {
                starts[sequences++] = i;
            }
        }
        starts[sequences] = to;
        return sequences;
    }

    private void readSequence(int worker, int sequence) {
        Step computed = Objects.requireNonNull(step);
        FloatMatrix matrix = Objects.requireNonNull(logits);
        for (int i = starts[sequence]; i < starts[sequence + 1]; i++) {
            finishesPrompt[i - from] = readRow(readers[worker], computed, i, matrix);
        }
    }

    /** Reads a row; whether it was the last of a prompt. */
    private boolean readRow(TokenReader reader, Step computed, int index, FloatMatrix matrix) {
        Sequence sequence = computed.logitOwner(index);
        int position = computed.logitPosition(index);
        if (sequence.hasEnded() || isWrongGuess(sequence, position, computed.logitToken(index))) {
            return false;
        }
        boolean lastOfPrompt = position == sequence.promptLength() - 1 && sequence.generated() == 0;
        try {
            if (position < sequence.promptLength() - 1) {
                reader.scorePromptToken(sequence, position + 1, matrix, index - from);
            } else if (lastOfPrompt) {
                reader.finishPrompt(sequence, matrix, index - from);
            } else {
                if (position >= sequence.computed()) {
                    sequence.acceptGuess();
                }
                reader.generate(sequence, matrix, index - from);
            }
        } catch (Throwable e) {
            fail(sequence, e);
        }
        return lastOfPrompt;
    }

    /** Whether a row was computed for a token that the sequence did not go on with. */
    private static boolean isWrongGuess(Sequence sequence, int position, int token) {
        return position >= sequence.computed()
                && (position != sequence.length() - 1 || token != sequence.tokenAt(position));
    }

    private void failOwners(Step step, int from, int to, Throwable cause) {
        for (int i = from; i < to; i++) {
            if (!step.logitOwner(i).hasEnded()) {
                reporter.failed(step.logitOwner(i), Scheduler.INTERNAL_ERROR, cause);
            }
        }
    }

    private void fork(Sequence leader, FloatMatrix matrix, int row, List<Sequence> running) {
        leader.group().setLeader(null);
        for (int i = 0; i < running.size(); i++) {
            Sequence follower = running.get(i);
            if (follower.isFollowing() && follower.group() == leader.group() && !follower.hasEnded()) {
                try {
                    follower.fork(leader, blocks);
                    readers[0].finishPrompt(follower, matrix, row);
                } catch (Throwable e) {
                    fail(follower, e);
                }
            }
        }
    }

    private void fail(Sequence sequence, Throwable cause) {
        if (sequence.hasEnded()) {
            return;
        }
        if (cause instanceof ConstraintLimitException exceeded) {
            reporter.constraintExceeded(sequence, String.valueOf(exceeded.getMessage()));
        } else {
            reporter.failed(sequence, Scheduler.INTERNAL_ERROR, cause);
        }
    }
}
