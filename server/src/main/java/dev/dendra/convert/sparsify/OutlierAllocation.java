// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.MatrixPacker;
import dev.dendra.convert.pruning.DensityAllocation;
import dev.dendra.convert.pruning.OutlierRatio;
import dev.dendra.format.ModelFormatException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Shares out density among Transformer blocks by their outliers, for which the model runs once with all of its weights. */
final class OutlierAllocation {
    private final SparsifyPlan plan;
    private final MatrixPacker packer;
    private final SparsifyEffort effort;

    OutlierAllocation(SparsifyPlan plan, MatrixPacker packer, SparsifyEffort effort) {
        this.plan = plan;
        this.packer = packer;
        this.effort = effort;
    }

    /**
     * A density for each block; those without matrices to prune have one that nobody asks for.
     *
     * @param states what enters the first block; they are those behind the last when this returns
     */
    double[] densities(HiddenStates states) throws SparsifyException, ModelFormatException, InterruptedException {
        int layers = plan.config().layers();
        double[] ratios = new double[layers];
        long[] weights = new long[layers];
        for (int layer = 0; layer < layers; layer++) {
            List<PlannedTensor> tensors = plan.part(SparsifyPlan.blockPart(layer));
            BlockWeights block = BlockWeights.read(layer, tensors);
            InputNorms norms = new InputNorms();
            try (Arena arena = Arena.ofShared()) {
                states.advance(block.pack(plan.config(), packer, arena), norms, effort::advanced);
            }
            List<OutlierRatio.Scored> matrices = new ArrayList<>();
            for (PlannedTensor tensor : tensors) {
                if (tensor.isSparse()) {
                    matrices.add(new OutlierRatio.Scored(block.matrix(tensor.name()), norms.of(tensor.name())));
                    weights[layer] += (long) tensor.rows() * tensor.columns();
                }
            }
            ratios[layer] = matrices.isEmpty() ? 0 : OutlierRatio.of(matrices);
        }
        return allocate(ratios, weights, plan.request().pruning().density());
    }

    /** Among the blocks that have something to prune. */
    private static double[] allocate(double[] ratios, long[] weights, double density) {
        int[] pruned = IntStream.range(0, weights.length)
                .filter(layer -> weights[layer] > 0)
                .toArray();
        double[] all = new double[weights.length];
        Arrays.fill(all, density);
        if (pruned.length == 0) {
            return all;
        }
        double[] shared = DensityAllocation.byOutliers(
                Arrays.stream(pruned).mapToDouble(layer -> ratios[layer]).toArray(),
                Arrays.stream(pruned).mapToLong(layer -> weights[layer]).toArray(),
                density);
        for (int i = 0; i < pruned.length; i++) {
            all[pruned[i]] = shared[i];
        }
        return all;
    }
}
