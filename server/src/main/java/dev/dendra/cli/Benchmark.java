// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Times a model by itself, without engine, tokenizer and sampling, as llama-bench does: random tokens, an empty context
 * at the start of each repetition. The first repetition of each test is not counted.
 */
final class Benchmark {
    private static final long SEED = 1;

    private final LanguageModel model;
    private final int repetitions;

    /** Times {@code model} {@code repetitions} times for each test. */
    Benchmark(LanguageModel model, int repetitions) {
        this.model = model;
        this.repetitions = repetitions;
    }

    /** KV blocks that a test of {@code batch} sequences of {@code tokens} needs. */
    static int kvBlocks(int tokens, int batch) {
        return Math.multiplyExact(batch, Math.ceilDiv(tokens, KvLayout.BLOCK_TOKENS));
    }

    /** Prefill: one prompt, in steps as large as the model takes, and the logits after it. */
    BenchmarkResult prefill(int tokens) {
        return repeat("pp" + tokens, 1, tokens, () -> {
            try (Sequences sequences = new Sequences(1, tokens, Math.min(tokens, model.maximumRows()))) {
                sequences.prefill(tokens);
            }
        });
    }

    /** Decode: every step one token for each sequence, and its logits. */
    BenchmarkResult decode(int tokens, int batch) {
        return repeat("tg" + tokens, batch, (long) tokens * batch, () -> {
            try (Sequences sequences = new Sequences(batch, tokens, batch)) {
                sequences.decode(tokens);
            }
        });
    }

    private BenchmarkResult repeat(String test, int batch, long tokens, Runnable work) {
        work.run();
        List<Double> speeds = new ArrayList<>();
        for (int i = 0; i < repetitions; i++) {
            long start = System.nanoTime();
            work.run();
            speeds.add(tokens * 1e9 / (System.nanoTime() - start));
        }
        return new BenchmarkResult(test, batch, speeds);
    }

    /** Sequences of the same length, each with KV blocks of its own. */
    private final class Sequences implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final SplittableRandom random = new SplittableRandom(SEED);
        private final int count;
        private final int blocksEach;
        private final StepRows rows;

        Sequences(int count, int tokens, int stepRows) {
            this.count = count;
            this.blocksEach = kvBlocks(tokens, 1);
            this.rows = new StepRows(arena, stepRows, count * blocksEach);
            for (int i = 0; i < count * blocksEach; i++) {
                rows.setBlock(i, i);
            }
        }

        void prefill(int tokens) {
            int last = 0;
            for (int from = 0; from < tokens; from += rows.capacity()) {
                int step = Math.min(rows.capacity(), tokens - from);
                for (int row = 0; row < step; row++) {
                    rows.setRow(row, token(), from + row, 0);
                }
                model.forward(rows, step);
                last = step - 1;
            }
            model.logits(new int[] {last}, 0, 1);
        }

        void decode(int tokens) {
            int[] all = new int[count];
            for (int row = 0; row < count; row++) {
                all[row] = row;
            }
            for (int position = 0; position < tokens; position++) {
                for (int row = 0; row < count; row++) {
                    rows.setRow(row, token(), position, row * blocksEach);
                }
                model.forward(rows, count);
                for (int from = 0; from < count; from += model.maximumLogitRows()) {
                    model.logits(all, from, Math.min(count, from + model.maximumLogitRows()));
                }
            }
        }

        private int token() {
            return random.nextInt(model.vocabularySize());
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
