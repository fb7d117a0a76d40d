// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.model.LanguageModel;
import java.util.ArrayList;
import java.util.List;

/**
 * Times a model by itself, without engine, tokenizer and sampling, as llama-bench does: random tokens, the same depth of
 * the KV cache at the start of each repetition. Filling the cache to that depth and the first repetition of each test are
 * not counted.
 */
final class Benchmark {
    private final LanguageModel model;
    private final int repetitions;

    /** Times {@code model} {@code repetitions} times for each test. */
    Benchmark(LanguageModel model, int repetitions) {
        this.model = model;
        this.repetitions = repetitions;
    }

    /** Runs the tests of {@code plan}, one number of sequences after the other, each from depth to depth. */
    List<BenchmarkResult> run(BenchmarkPlan plan) {
        List<BenchmarkResult> results = new ArrayList<>();
        for (int count : plan.counts()) {
            try (BenchmarkSequences sequences = new BenchmarkSequences(model, count, plan.longestSequence(count))) {
                for (int depth : plan.depths()) {
                    sequences.fill(depth);
                    if (count == 1 && plan.promptTokens() > 0) {
                        results.add(prefill(sequences, depth, plan.promptTokens()));
                    }
                    if (plan.batches().contains(count)) {
                        results.add(decode(sequences, depth, plan.generatedTokens()));
                    }
                }
            }
        }
        return results;
    }

    /** One prompt, in steps as large as the model takes, and the logits after it. */
    private BenchmarkResult prefill(BenchmarkSequences sequences, int depth, int tokens) {
        List<Double> speeds = repeat(tokens, () -> sequences.prefill(depth, tokens));
        return new BenchmarkResult("pp" + tokens, depth, 1, speeds);
    }

    /** Every step one token for each sequence, and its logits. */
    private BenchmarkResult decode(BenchmarkSequences sequences, int depth, int tokens) {
        int batch = sequences.count();
        List<Double> speeds = repeat((long) tokens * batch, () -> sequences.decode(depth, tokens));
        return new BenchmarkResult("tg" + tokens, depth, batch, speeds);
    }

    private List<Double> repeat(long tokens, Runnable work) {
        work.run();
        List<Double> speeds = new ArrayList<>();
        for (int i = 0; i < repetitions; i++) {
            long start = System.nanoTime();
            work.run();
            speeds.add(tokens * 1e9 / (System.nanoTime() - start));
        }
        return speeds;
    }
}
