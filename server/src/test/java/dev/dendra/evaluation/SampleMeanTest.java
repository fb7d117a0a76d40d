// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Means and standard errors against figures worked out by hand. */
class SampleMeanTest {
    private static final double ROUNDING = 1e-12;

    private static SampleMean of(int elements, double... sums) {
        ClusterSums clusters = new ClusterSums();
        for (double sum : sums) {
            clusters.add(sum, elements);
        }
        return clusters.mean();
    }

    @Test
    void clustersOfOneSizeHaveTheErrorOfTheirMeans() {
        // Means 2, 3, 4, 7: their mean is 4, their squared deviations 4, 1, 0, 9, and sqrt(14 / 3 / 4) the error.
        SampleMean mean = of(10, 20, 30, 40, 70);
        assertEquals(4, mean.value(), ROUNDING);
        assertEquals(Math.sqrt(14.0 / 12), mean.standardError(), ROUNDING);
        assertEquals(4, mean.clusters());
        assertEquals(40, mean.elements());
    }

    @Test
    void clustersOfSeveralSizesWeighAsMuchAsTheyHold() {
        // 10 over 2 elements and 10 over 8: mean 2. Off by 10 - 4 and 10 - 16; sqrt(2 / 1 * (36 + 36)) / 10.
        ClusterSums clusters = new ClusterSums();
        clusters.add(10, 2);
        clusters.add(10, 8);
        SampleMean mean = clusters.mean();
        assertEquals(2, mean.value(), ROUNDING);
        assertEquals(1.2, mean.standardError(), ROUNDING);
    }

    @Test
    void oneClusterTellsNoError() {
        SampleMean mean = of(4, 10);
        assertEquals(2.5, mean.value(), ROUNDING);
        assertTrue(Double.isNaN(mean.standardError()));
    }

    @Test
    void pooledTextsAreStrata() {
        // 30 elements at 4 and 10 at 8: mean 5. What lies between the texts is no part of the error.
        SampleMean pooled = SampleMean.pooled(List.of(new SampleMean(4, 0.4, 3, 30), new SampleMean(8, 1.6, 2, 10)));
        assertEquals(5, pooled.value(), ROUNDING);
        assertEquals(0.5, pooled.standardError(), ROUNDING);
        assertEquals(5, pooled.clusters());
        assertEquals(40, pooled.elements());
    }

    @Test
    void theExponentialsErrorIsRelative() {
        SampleMean perplexity = new SampleMean(Math.log(20), 0.05, 8, 100).exponential();
        assertEquals(20, perplexity.value(), ROUNDING);
        assertEquals(1, perplexity.standardError(), ROUNDING);
    }
}
