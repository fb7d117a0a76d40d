// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.model.Activations;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.ThreadAffinity;
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
            names = "--kernels",
            paramLabel = "NAME",
            defaultValue = "auto",
            converter = KernelsConverter.class,
            description = "auto, native, vector or reference (default: ${DEFAULT-VALUE}).")
    private String kernels = "auto";

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            converter = IntegerConverter.Positive.class,
            description = "Most tokens of a sequence (default: what the model was trained for).")
    private int context;

    @Option(
            names = "--activations",
            paramLabel = "TYPE",
            defaultValue = "f32",
            converter = WordConverter.OfActivations.class,
            description = "f32, or i8: rounded to 8 bits in groups of 32 (default: ${DEFAULT-VALUE}).")
    private Activations activations = Activations.F32;

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
        // Hardware threads of one core share its multipliers: more threads than cores only get in each other's way.
        return threads > 0
                ? threads
                : Math.min(ThreadAffinity.availableCpus(), CpuFeatures.detect().physicalCores());
    }

    /** Name of the kernels. */
    String kernels() {
        return kernels;
    }

    /** Most tokens of a sequence; 0 for the model's own. */
    int context() {
        return context;
    }

    /** How activations are rounded. */
    Activations activations() {
        return activations;
    }

    /** Options of a model with steps of {@code maximumRows} and a cache of {@code kvBlocks}. */
    ModelOptions modelOptions(int maximumRows, int kvBlocks) {
        return new ModelOptions(context, maximumRows, kvBlocks, activations, weights);
    }
}
