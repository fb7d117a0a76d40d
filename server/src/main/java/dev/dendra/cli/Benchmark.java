// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.model.LanguageModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Times a model by itself, without engine, tokenizer and sampling, as llama-bench does: random tokens, the same depth of
 * the KV cache at the start of each repetition. Filling the cache to that depth is not counted, nor are the first
 * repetitions of each test, while the JIT still compiles what they use and takes a processor from the kernels for it.
 */
final class Benchmark {
    private final LanguageModel model;
    private final int repetitions;
    private final Duration warmUp;

    /**
     * Times {@code model} {@code repetitions} times for each test.
     *
     * @param warmUp how long a test runs before that, once at least
     */
    Benchmark(LanguageModel model, int repetitions, Duration warmUp) {
        this.model = model;
        this.repetitions = repetitions;
        this.warmUp = warmUp;
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
        long begin = System.nanoTime();
        do {
            work.run();
        } while (System.nanoTime() - begin < warmUp.toNanos());
        List<Double> speeds = new ArrayList<>();
        for (int i = 0; i < repetitions; i++) {
            long start = System.nanoTime();
            work.run();
            speeds.add(tokens * 1e9 / (System.nanoTime() - start));
        }
        return speeds;
    }
}
