// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Keeps the blocks with the highest scores, and their weights as near to what they were as the encoding allows. */
final class ScorePruner implements Pruner {
    private final PruningMethod method;
    private final PlainCoding coding;

    ScorePruner(PruningMethod method, int threads) {
        this.method = method;
        this.coding = new PlainCoding(CodedWeights::chooseScale, new ParallelPanels(threads));
    }

    @Override
    public Pruned prune(
            WeightMatrix weights, @Nullable InputMoments moments, PruningRequest request, SegmentAllocator allocator) {
        double[] importance = importance(weights, moments);
        double[][] scores = BlockScores.of(weights, importance, request.pattern());
        int[] fanIn = TopBlocks.fanIn(scores, request);
        LiveBlocks live = new LiveBlocks(request.pattern(), weights.rows(), weights.columns());
        for (int i = 0; i < scores.length; i++) {
            TopBlocks.select(scores[i], 0, fanIn[i], live.row(i));
        }
        CodedWeights coded = coding.code(weights, live, request.encoding(), importance);
        return Results.of(weights, live, coded, allocator);
    }

    private double[] importance(WeightMatrix weights, @Nullable InputMoments moments) {
        double[] importance = new double[weights.columns()];
        if (method == PruningMethod.MAGNITUDE) {
            Arrays.fill(importance, 1);
            return importance;
        }
        InputMoments inputs = InputMoments.require(moments, weights);
        for (int k = 0; k < importance.length; k++) {
            importance[k] = inputs.get(k, k);
        }
        return importance;
    }
}
