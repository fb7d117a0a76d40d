// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.SegmentAllocator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Prunes and codes together, input by input, and lets the weights of later inputs make up for what was lost. Frantar and
 * Alistarh 2023, "SparseGPT"; at density 1 this is "GPTQ", Frantar et al. 2022.
 *
 * <p>Other than there, blocks are ranked among all inputs still to come and not within 128 of them, and weights of inputs
 * that are always zero stay as they are while there is room: their cost is the damping alone.
 */
final class SparseGptPruner implements Pruner {
    private final Function<InverseFactor, double[]> ranking;
    private final ParallelPanels parallel;

    /**
     * A pruner.
     *
     * @param ranking what a squared error at each input counts when blocks are ranked
     * @param threads platform threads, the caller's among them
     */
    SparseGptPruner(Function<InverseFactor, double[]> ranking, int threads) {
        this.ranking = ranking;
        this.parallel = new ParallelPanels(threads);
    }

    @Override
    public Pruned prune(
            WeightMatrix weights, @Nullable InputMoments moments, PruningRequest request, SegmentAllocator allocator) {
        InverseFactor factor = InverseFactor.of(InputMoments.require(moments, weights), parallel);
        LiveBlocks live = new LiveBlocks(request.pattern(), weights.rows(), weights.columns());
        CodedWeights coded =
                CodedWeights.of(weights.name(), new PanelLayout(request.encoding(), weights.rows(), weights.columns()));
        double[] costs = ranking.apply(factor);
        double[][] scores = BlockScores.of(weights, costs, request.pattern());
        int[] fanIn = TopBlocks.fanIn(scores, request);
        parallel.run(coded.layout.panels(), () -> {
            PanelSolve solve = new PanelSolve(factor, live, coded);
            return panel -> {
                solve.load(weights, panel);
                solve.prune(fanIn, costs, scores);
            };
        });
        return Results.of(weights, live, coded, allocator);
    }
}
