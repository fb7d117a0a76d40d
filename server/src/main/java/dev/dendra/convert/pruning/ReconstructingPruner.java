// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Takes the mask of another pruner and makes the live weights come as near to the dense matrix's outputs as they can: first
 * as real numbers, by least squares, then coded input by input, then code by code.
 */
final class ReconstructingPruner implements Pruner {
    private final Pruner choice;
    private final ParallelPanels parallel;

    /** A pruner that leaves the choice of blocks to {@code choice}. */
    ReconstructingPruner(Pruner choice, int threads) {
        this.choice = choice;
        this.parallel = new ParallelPanels(threads);
    }

    @Override
    public Pruned prune(
            WeightMatrix weights, @Nullable InputMoments moments, PruningRequest request, SegmentAllocator allocator) {
        InputMoments inputs = InputMoments.require(moments, weights);
        try (Arena scratch = Arena.ofShared()) {
            return improve(weights, choice.prune(weights, inputs, request, scratch), inputs, allocator);
        }
    }

    private Pruned improve(WeightMatrix weights, Pruned pruned, InputMoments moments, SegmentAllocator allocator) {
        InverseFactor factor = InverseFactor.of(moments, parallel);
        SymmetricProduct hessian = SymmetricProduct.of(moments);
        LiveBlocks live = LiveBlocks.of(pruned.live());
        CodedWeights coded = CodedWeights.of(
                weights.name(), new PanelLayout(pruned.dense().encoding(), weights.rows(), weights.columns()));
        WeightMatrix start = new WeightMatrix(weights.name(), weights.rows(), weights.columns(), pruned.weights());
        int columns = weights.columns();
        parallel.run(coded.layout.panels(), () -> {
            double[][] dense = new double[PanelLayout.PANEL_ROWS][columns];
            double[][] values = new double[PanelLayout.PANEL_ROWS][columns];
            boolean[][] liveWeights = new boolean[PanelLayout.PANEL_ROWS][columns];
            LeastSquaresRefit refit = new LeastSquaresRefit(hessian);
            PanelSolve solve = new PanelSolve(factor, live, coded);
            CodeDescent descent = new CodeDescent(hessian);
            return panel -> {
                int first = panel * PanelLayout.PANEL_ROWS;
                int rows = Math.min(PanelLayout.PANEL_ROWS, weights.rows() - first);
                for (int r = 0; r < rows; r++) {
                    weights.row(first + r, dense[r]);
                    start.row(first + r, values[r]);
                    live.weights(first + r, liveWeights[r]);
                }
                refit.refit(dense, values, liveWeights, rows);
                solve.load(values, panel, rows);
                solve.code();
                descent.improve(dense, liveWeights, coded, first, rows);
            };
        });
        return Results.of(weights, live, coded, allocator);
    }
}
