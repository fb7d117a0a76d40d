// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/** Chooses the live blocks of a matrix and codes them. The result does not depend on the number of threads. */
public interface Pruner {

    /**
     * Prunes a matrix.
     *
     * @param weights {@code [N, K]}; left as they are
     * @param moments of the matrix's inputs; null is enough for {@link PruningMethod#MAGNITUDE}
     * @param allocator of the coded matrix, 64-byte aligned and zeroed
     * @throws dev.dendra.convert.UnrepresentableWeightException if the encoding cannot hold the weights
     * @throws IllegalArgumentException if the moments are missing or of another width
     */
    Pruned prune(
            WeightMatrix weights, @Nullable InputMoments moments, PruningRequest request, SegmentAllocator allocator);
}
