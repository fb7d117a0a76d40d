// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.SegmentAllocator;

/**
 * Makes the live weights of a pruned matrix come as near to the dense matrix's outputs as they can: first as real
 * numbers, by least squares, then coded anew input by input, then code by code. The mask stays.
 */
public final class Reconstruction {
    private final ParallelPanels parallel;

    /** A reconstruction with {@code threads} platform threads, the caller's among them. */
    public Reconstruction(int threads) {
        parallel = new ParallelPanels(threads);
    }

    /**
     * Improves a pruned matrix. The result does not depend on the number of threads.
     *
     * @param weights before pruning
     * @param pruned what became of them, by any method
     * @param moments of the inputs
     * @param allocator of the new coded matrix, 64-byte aligned and zeroed
     */
    public Pruned improve(WeightMatrix weights, Pruned pruned, InputMoments moments, SegmentAllocator allocator) {
        InverseFactor factor = InverseFactor.of(InputMoments.require(moments, weights), parallel);
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
