// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps exactly the blocks that hold a weight other than zero, whatever density was asked for, and the codes of weights that
 * lie on the encoding's grid.
 */
final class GivenPruner implements Pruner {
    private final PlainCoding coding;

    GivenPruner(int threads) {
        this.coding = new PlainCoding(CodedWeights::matchScale, new ParallelPanels(threads));
    }

    @Override
    public Pruned prune(
            WeightMatrix weights, @Nullable InputMoments moments, PruningRequest request, SegmentAllocator allocator) {
        LiveBlocks live = LiveBlocks.of(GivenBlocks.of(weights, request.pattern()));
        double[] alike = new double[weights.columns()];
        Arrays.fill(alike, 1);
        return Results.of(weights, live, coding.code(weights, live, request.encoding(), alike), allocator);
    }
}
