// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import java.util.List;

/**
 * A mean over elements that were drawn in clusters, as tokens are in windows: what lies in one cluster is not
 * independent, clusters are taken to be.
 *
 * @param value the mean over all elements
 * @param standardError of {@code value}; NaN where there are fewer than two clusters to tell it from
 * @param clusters number of clusters, at least 1
 * @param elements number of elements, at least 1
 */
public record SampleMean(double value, double standardError, int clusters, long elements) {

    /**
     * The mean over the elements of several samples. Samples are strata: which there are is no chance, so how they
     * differ from each other does not enter the standard error (Cochran 1977, "Sampling Techniques", eq. 5.6).
     *
     * @param samples at least one
     */
    public static SampleMean pooled(List<SampleMean> samples) {
        long elements = samples.stream().mapToLong(SampleMean::elements).sum();
        double value = 0;
        double variance = 0;
        int clusters = 0;
        for (SampleMean sample : samples) {
            double share = (double) sample.elements / elements;
            value += share * sample.value;
            variance += Math.pow(share * sample.standardError, 2);
            clusters += sample.clusters;
        }
        return new SampleMean(value, Math.sqrt(variance), clusters, elements);
    }

    /**
     * The exponential of the mean: perplexity of a mean negative log-likelihood. Its standard error is to first order
     * (delta method) the mean's times the exponential.
     */
    public SampleMean exponential() {
        double exponential = Math.exp(value);
        return new SampleMean(exponential, exponential * standardError, clusters, elements);
    }
}
