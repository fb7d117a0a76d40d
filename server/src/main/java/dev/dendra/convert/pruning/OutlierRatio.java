// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.List;

/**
 * The share of outliers among the weights of a Transformer block: those that, times the norm of their input, are more than
 * {@value #TIMES} times as large as the mean. Yin et al. 2023, "Outlier Weighed Layerwise Sparsity" (OWL), section 3.2.
 */
public final class OutlierRatio {
    private static final int TIMES = 5;

    private OutlierRatio() {}

    /** A matrix and its inputs. */
    public static final class Scored {
        private final WeightMatrix weights;
        private final double[] norms;

        /**
         * A matrix whose inputs have these norms.
         *
         * @param weights {@code [N, K]}
         * @param norms of its inputs, K
         */
        public Scored(WeightMatrix weights, double[] norms) {
            if (norms.length != weights.columns()) {
                throw new IllegalArgumentException(weights.name() + " has " + weights.columns()
                        + " inputs, and there are norms of " + norms.length);
            }
            this.weights = weights;
            this.norms = norms.clone();
        }

        private double score(int i) {
            return Math.abs(weights.values()[i]) * norms[i % norms.length];
        }
    }

    /** The outliers among the weights of all matrices of a block, 0 to 1. */
    public static double of(List<Scored> matrices) {
        double sum = 0;
        long count = 0;
        for (Scored matrix : matrices) {
            int size = matrix.weights.values().length;
            for (int i = 0; i < size; i++) {
                sum += matrix.score(i);
            }
            count += size;
        }
        double threshold = TIMES * sum / count;
        long outliers = 0;
        for (Scored matrix : matrices) {
            int size = matrix.weights.values().length;
            for (int i = 0; i < size; i++) {
                outliers += matrix.score(i) > threshold ? 1 : 0;
            }
        }
        return (double) outliers / count;
    }
}
