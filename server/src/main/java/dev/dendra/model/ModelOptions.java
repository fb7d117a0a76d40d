// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

/**
 * How a model is loaded.
 *
 * @param contextLength most tokens of a sequence; 0 for the model's own
 * @param maximumRows most rows of a step
 * @param kvCache type and size of the KV cache
 * @param activations precision of what enters a matmul
 * @param weights where the weights lie
 */
public record ModelOptions(
        int contextLength, int maximumRows, KvCacheOptions kvCache, Activations activations, WeightPlacement weights) {

    /** Checks the ranges. */
    public ModelOptions {
        if (contextLength < 0 || maximumRows < 1) {
            throw new IllegalArgumentException(
                    "no model options: context length " + contextLength + ", maximum rows " + maximumRows);
        }
    }
}
