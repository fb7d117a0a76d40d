// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.Kernels;
import dev.dendra.model.Activations;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.ThreadAffinity;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How a model is computed. */
final class ComputeArguments {
    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = IntegerConverter.Threads.class,
            description = "Threads that compute (default: one for each core that this process may use).")
    private int threads;

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            converter = IntegerConverter.Positive.class,
            description = "Most tokens of a sequence (default: what the model was trained for).")
    private int context;

    @Option(
            names = "--activations",
            paramLabel = "TYPE",
            defaultValue = "auto",
            converter = WordConverter.OfActivations.class,
            description = "Precision of what enters a product: f32, bf16, i16, i8 (integers with a scale for 32 of "
                    + "them), or auto: the fastest that is near f32 on the kernels in use (default: ${DEFAULT-VALUE}).")
    private Function<Kernels, Activations> activations = Activations::defaultOf;

    @Option(
            names = "--weights",
            paramLabel = "WHERE",
            defaultValue = "auto",
            converter = WordConverter.OfWeightPlacement.class,
            description = "huge: copied into huge pages; mapped: read from the mapped file; auto: huge where memory "
                    + "allows (default: ${DEFAULT-VALUE}).")
    private WeightPlacement weights = WeightPlacement.AUTO;

    /** Threads that compute. */
    int threads() {
        return threads > 0 ? threads : defaultThreads();
    }

    /** Threads that compute if nobody says how many. */
    static int defaultThreads() {
        // Hardware threads of one core share its multipliers: more threads than cores only get in each other's way.
        return Math.min(ThreadAffinity.availableCpus(), CpuFeatures.detect().physicalCores());
    }

    /** Most tokens of a sequence; 0 for the model's own. */
    int context() {
        return context;
    }

    /** Precision of activations on {@code kernels}. */
    Activations activations(Kernels kernels) {
        return activations.apply(kernels);
    }

    /** Options of a model on {@code kernels} with steps of {@code maximumRows} and a cache of {@code kvBlocks}. */
    ModelOptions modelOptions(Kernels kernels, int maximumRows, int kvBlocks) {
        return new ModelOptions(context, maximumRows, kvBlocks, activations.apply(kernels), weights);
    }
}
