// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.platform.ThreadPlacement;
import java.util.function.Function;

/**
 * How a user wants a model to be computed.
 *
 * @param threads that compute
 * @param context most tokens of a sequence; 0 for the model's own
 * @param activations their precision, which may depend on the kernels
 * @param weights where they lie
 * @param kvType of keys and values in the KV cache
 * @param placement of the threads on CPUs
 */
record ComputeChoice(
        int threads,
        int context,
        Function<Kernels, Activations> activations,
        WeightPlacement weights,
        KvType kvType,
        ThreadPlacement placement) {

    /** The same with another precision of activations. */
    ComputeChoice with(Function<Kernels, Activations> otherActivations) {
        return new ComputeChoice(threads, context, otherActivations, weights, kvType, placement);
    }

    /** The same with one precision of activations for steps of any size. */
    ComputeChoice deterministic() {
        return with(kernels -> activations.apply(kernels).inEveryStep());
    }

    /** Options of a model on {@code kernels} with steps of {@code maximumRows}. */
    ModelOptions modelOptions(Kernels kernels, int maximumRows, KvCacheOptions kvCache) {
        return new ModelOptions(context, maximumRows, kvCache, activations.apply(kernels), weights);
    }
}
