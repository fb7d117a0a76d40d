// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.EnergyStopwatch;
import dev.dendra.format.ModelFormatException;
import dev.dendra.model.KvCacheOptions;
import java.time.Duration;

/**
 * Times models on one kind of kernels after the other.
 *
 * @param console for what was passed over and what was measured to choose by
 * @param compute how
 * @param repetitions timed runs of each test
 * @param warmUp how long each test runs before that
 * @param energy counts joules
 */
record ModelBenchmark(
        Console console, ComputeChoice compute, int repetitions, Duration warmUp, EnergyStopwatch energy) {

    /**
     * Runs the tests of {@code plan}, with a KV cache as large as they need.
     *
     * @throws dev.dendra.kernels.KernelLoadException if the kernels do not run here
     */
    BenchmarkRun run(OpenedModel opened, KernelChoice choice, BenchmarkPlan plan)
            throws CommandFailure, ModelFormatException {
        try (LoadedModel loaded = LoadedModel.load(
                opened, choice, compute, plan.stepRows(), KvCacheOptions.ofBlocks(compute.kvType(), plan.kvBlocks()))) {
            for (String reason : loaded.passedOver()) {
                console.err().println("passed over: " + reason);
            }
            for (String finding : loaded.tuning()) {
                console.err().println("threshold: " + finding);
            }
            loaded.model().warmUp();
            return new BenchmarkRun(
                    loaded.kernels().info(),
                    loaded.model().activations().toString(),
                    new Benchmark(loaded.model(), repetitions, warmUp, energy).run(plan));
        }
    }
}
