// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.Pattern;

/** Scores of blocks as sums of scores of their weights. */
final class BlockScores {

    private BlockScores() {}

    /**
     * Scores of a matrix's blocks, {@code [row of blocks][block]}.
     *
     * @param importance of a squared weight at each input
     */
    static double[][] of(WeightMatrix weights, double[] importance, Pattern pattern) {
        double[][] scores = new double[Math.ceilDiv(weights.rows(), pattern.blockRows())]
                [Math.ceilDiv(weights.columns(), pattern.blockColumns())];
        for (int n = 0; n < weights.rows(); n++) {
            double[] row = scores[n / pattern.blockRows()];
            for (int k = 0; k < weights.columns(); k++) {
                double weight = weights.get(n, k);
                row[k / pattern.blockColumns()] += weight * weight * importance[k];
            }
        }
        return scores;
    }
}
