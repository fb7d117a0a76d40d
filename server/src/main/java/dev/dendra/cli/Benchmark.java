// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.EnergyStopwatch;
import dev.dendra.model.LanguageModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Times a model by itself, without engine, tokenizer and sampling, as llama-bench does: random tokens, the same depth of
 * the KV cache at the start of each repetition. Filling the cache to that depth is not counted, nor are the first
 * repetitions of each test, while the JIT still compiles what they use and takes a processor from the kernels for it.
 */
final class Benchmark {
    private final LanguageModel model;
    private final int repetitions;
    private final Duration warmUp;
    private final EnergyStopwatch energy;

    /**
     * Times {@code model} {@code repetitions} times for each test.
     *
     * @param warmUp how long a test runs before that, once at least
     * @param energy counts the joules of all repetitions of a test together
     */
    Benchmark(LanguageModel model, int repetitions, Duration warmUp, EnergyStopwatch energy) {
        this.model = model;
        this.repetitions = repetitions;
        this.warmUp = warmUp;
        this.energy = energy;
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
        return repeat("pp" + tokens, depth, 1, tokens, () -> sequences.prefill(depth, tokens));
    }

    /** Every step one token for each sequence, and its logits. */
    private BenchmarkResult decode(BenchmarkSequences sequences, int depth, int tokens) {
        int batch = sequences.count();
        return repeat("tg" + tokens, depth, batch, (long) tokens * batch, () -> sequences.decode(depth, tokens));
    }

    private BenchmarkResult repeat(String test, int depth, int batch, long tokens, Runnable work) {
        long begin = System.nanoTime();
        do {
            work.run();
        } while (System.nanoTime() - begin < warmUp.toNanos());
        List<Double> speeds = new ArrayList<>();
        energy.start();
        for (int i = 0; i < repetitions; i++) {
            long start = System.nanoTime();
            work.run();
            speeds.add(tokens * 1e9 / (System.nanoTime() - start));
        }
        OptionalDouble joules = energy.stop();
        OptionalDouble each =
                joules.stream().map(all -> all / (tokens * repetitions)).findFirst();
        return new BenchmarkResult(test, depth, batch, speeds, each);
    }
}
