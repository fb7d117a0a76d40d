// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Arrays;

/** How much of each Transformer block lives, if a given share of all weights does. */
public final class DensityAllocation {
    /** How far a block's density may be from the mean. */
    private static final double MOST_DIFFERENCE = 0.08;

    private DensityAllocation() {}

    /** The same density for all. */
    public static double[] uniform(int blocks, double density) {
        double[] densities = new double[blocks];
        Arrays.fill(densities, density);
        return densities;
    }

    /**
     * More for blocks with more outliers: densities grow with {@link OutlierRatio}, {@value #MOST_DIFFERENCE} times two from the
     * least to the greatest. Yin et al. 2023, "Outlier Weighed Layerwise Sparsity" (OWL), equation 2. Near the ends of the
     * range they differ by less, so that none is above 1 and each is at least half of the mean.
     *
     * @param ratios of outliers, for each block
     * @param weights of each block that are to be pruned
     * @param density of all of them together, above 0 and up to 1
     * @return a density for each block, with that mean over all weights
     */
    public static double[] byOutliers(double[] ratios, long[] weights, double density) {
        if (ratios.length != weights.length || ratios.length == 0) {
            throw new IllegalArgumentException(ratios.length + " ratios for " + weights.length + " blocks");
        }
        if (!(density > 0 && density <= 1)) {
            throw new IllegalArgumentException("a density is above 0 and at most 1, got " + density);
        }
        double least = Arrays.stream(ratios).min().orElseThrow();
        double range = Arrays.stream(ratios).max().orElseThrow() - least;
        double[] shifts = new double[ratios.length];
        double sum = 0;
        double count = 0;
        for (int i = 0; i < ratios.length; i++) {
            shifts[i] = range == 0 ? 0 : (ratios[i] - least) / range * 2 * MOST_DIFFERENCE;
            sum += shifts[i] * weights[i];
            count += weights[i];
        }
        double mean = sum / count;
        double scale = 1;
        for (int i = 0; i < shifts.length; i++) {
            shifts[i] -= mean;
            double room = shifts[i] > 0 ? 1 - density : density / 2;
            scale = Math.min(scale, shifts[i] == 0 ? 1 : room / Math.abs(shifts[i]));
        }
        double[] densities = new double[shifts.length];
        for (int i = 0; i < shifts.length; i++) {
            densities[i] = Math.min(density + scale * shifts[i], 1);
        }
        return densities;
    }
}
