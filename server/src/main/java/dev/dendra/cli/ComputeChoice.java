// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.Kernels;
import dev.dendra.model.Activations;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import java.util.function.Function;

/**
 * How a user wants a model to be computed.
 *
 * @param threads that compute
 * @param context most tokens of a sequence; 0 for the model's own
 * @param activations their precision, which may depend on the kernels
 * @param weights where they lie
 */
record ComputeChoice(int threads, int context, Function<Kernels, Activations> activations, WeightPlacement weights) {

    /** The same with another precision of activations. */
    ComputeChoice with(Function<Kernels, Activations> otherActivations) {
        return new ComputeChoice(threads, context, otherActivations, weights);
    }

    /** Options of a model on {@code kernels} with steps of {@code maximumRows} and a cache of {@code kvBlocks}. */
    ModelOptions modelOptions(Kernels kernels, int maximumRows, int kvBlocks) {
        return new ModelOptions(context, maximumRows, kvBlocks, activations.apply(kernels), weights);
    }
}
