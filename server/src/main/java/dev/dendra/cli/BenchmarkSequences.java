// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/** Sequences of random tokens, each with KV blocks of its own. */
final class BenchmarkSequences implements AutoCloseable {
    private static final long SEED = 1;

    private final LanguageModel model;
    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final int count;
    private final int blocksEach;
    private final int[] all;
    private final StepRows rows;
    private int filled;

    /** {@code count} sequences of up to {@code tokens}. */
    BenchmarkSequences(LanguageModel model, int count, int tokens) {
        this.model = model;
        this.count = count;
        this.blocksEach = Math.ceilDiv(tokens, KvLayout.BLOCK_TOKENS);
        this.rows = new StepRows(arena, model.maximumRows(), count * blocksEach);
        for (int i = 0; i < count * blocksEach; i++) {
            rows.setBlock(i, i);
        }
        this.all = new int[count];
        for (int row = 0; row < count; row++) {
            all[row] = row;
        }
    }

    /** Number of sequences. */
    int count() {
        return count;
    }

    /** Computes the first {@code depth} tokens of every sequence, unless an earlier call did. */
    void fill(int depth) {
        if (depth > filled) {
            for (int sequence = 0; sequence < count; sequence++) {
                compute(sequence, filled, depth);
            }
            filled = depth;
        }
    }

    /** Prefill of {@code tokens} after the first {@code depth}, which are filled: the first sequence alone. */
    void prefill(int depth, int tokens) {
        int last = compute(0, depth, depth + tokens) - 1;
        model.logits(new int[] {last}, 0, 1);
    }

    /** Decode of {@code tokens} steps after the first {@code depth} tokens, which are filled. */
    void decode(int depth, int tokens) {
        for (int position = depth; position < depth + tokens; position++) {
            for (int row = 0; row < count; row++) {
                rows.setRow(row, token(), position, row * blocksEach);
            }
            model.forward(rows, count);
            for (int from = 0; from < count; from += model.maximumLogitRows()) {
                model.logits(all, from, Math.min(count, from + model.maximumLogitRows()));
            }
        }
    }

    /** Computes some positions of a sequence, in steps as large as the model takes, and returns the last step's rows. */
    private int compute(int sequence, int from, int to) {
        int step = 0;
        for (int position = from; position < to; position += step) {
            step = Math.min(model.maximumRows(), to - position);
            for (int row = 0; row < step; row++) {
                rows.setRow(row, token(), position + row, sequence * blocksEach);
            }
            model.forward(rows, step);
        }
        return step;
    }

    private int token() {
        return random.nextInt(model.vocabularySize());
    }

    @Override
    public void close() {
        arena.close();
    }
}
