// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import java.util.ArrayList;
import java.util.List;

/** Sums of a quantity over the elements of each cluster, from which mean and standard error come. */
final class ClusterSums {
    private final List<Cluster> clusters = new ArrayList<>();

    /**
     * One cluster.
     *
     * @param sum of the quantity over its elements
     * @param elements at least 1
     */
    private record Cluster(double sum, int elements) {}

    /** Adds a cluster of {@code elements} whose quantities add up to {@code sum}. */
    void add(double sum, int elements) {
        clusters.add(new Cluster(sum, elements));
    }

    /**
     * The mean over all elements of all clusters, at least one. It is a ratio of two sums over clusters, whose standard
     * error comes from how far each cluster's sum is from what the mean makes of its size (Cochran 1977, "Sampling
     * Techniques", eq. 6.13): {@code sqrt(n/(n-1) * sum((s_i - mean * t_i)^2)) / sum(t_i)} for {@code n} clusters of
     * {@code t_i} elements. For clusters of one size that is the deviation of their means over the root of {@code n}.
     */
    SampleMean mean() {
        double sum = 0;
        long elements = 0;
        for (Cluster cluster : clusters) {
            sum += cluster.sum;
            elements += cluster.elements;
        }
        double mean = sum / elements;
        double squares = 0;
        for (Cluster cluster : clusters) {
            squares += Math.pow(cluster.sum - mean * cluster.elements, 2);
        }
        int count = clusters.size();
        double error = count < 2 ? Double.NaN : Math.sqrt(squares * count / (count - 1)) / elements;
        return new SampleMean(mean, error, count, elements);
    }
}
