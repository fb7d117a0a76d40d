// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.WeightPlacement;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.NumaTopology;
import dev.dendra.platform.ThreadAffinity;
import dev.dendra.platform.ThreadPlacement;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How a model is computed. */
final class ComputeArguments {
    private static final System.Logger LOG = System.getLogger(ComputeArguments.class.getName());

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = IntegerConverter.Threads.class,
            description = "Threads that compute (default: one for each core that this process may use).")
    private int threads;

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

    @Option(
            names = "--kv-type",
            paramLabel = "TYPE",
            defaultValue = "bf16",
            converter = WordConverter.OfKvType.class,
            description = "Type of keys and values in the KV cache: f32, bf16, or int8 with a scale for each head and "
                    + "token (default: ${DEFAULT-VALUE}).")
    private KvType kvType = KvType.BF16;

    @Option(
            names = "--numa",
            paramLabel = "WHERE",
            defaultValue = NumaChoice.OFF_WORD,
            converter = NumaChoice.Converter.class,
            description =
                    "On machines with several memory nodes: the number of one keeps threads, weights and KV cache there;"
                            + " spread puts as many threads on each, with the weights that they read (default: ${DEFAULT-VALUE}).")
    private NumaChoice numa = NumaChoice.OFF;

    /** Threads that compute. */
    int threads() {
        return threads(NumaTopology.detect());
    }

    private int threads(NumaTopology topology) {
        return threads > 0 ? threads : numa.defaultThreads(topology);
    }

    /** Type of keys and values. */
    KvType kvType() {
        return kvType;
    }

    /** Threads that compute if nobody says how many. */
    static int defaultThreads() {
        // Hardware threads of one core share its multipliers: more threads than cores only get in each other's way.
        return Math.min(ThreadAffinity.availableCpus(), CpuFeatures.detect().physicalCores());
    }

    /**
     * The choice.
     *
     * @param context most tokens of a sequence; 0 for the model's own
     * @throws CommandFailure if there is no such memory node, or it has too few CPUs
     */
    ComputeChoice choice(int context) throws CommandFailure {
        NumaTopology topology = NumaTopology.detect();
        int count = threads(topology);
        ThreadPlacement placement = numa.placement(topology, count);
        numa.emptiness(topology).ifPresent(note -> LOG.log(System.Logger.Level.INFO, note));
        return new ComputeChoice(count, context, activations, weights, kvType, placement);
    }
}
