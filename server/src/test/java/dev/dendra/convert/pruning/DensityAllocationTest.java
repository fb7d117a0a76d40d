// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DensityAllocationTest {
    private static final double[] RATIOS = {0.01, 0.05, 0.02, 0.03};
    private static final long[] WEIGHTS = {1000, 500, 3000, 1000};

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.25, 0.5, 0.75, 0.95, 1})
    void theMeanOverAllWeightsIsTheTarget(double density) {
        double[] densities = DensityAllocation.byOutliers(RATIOS, WEIGHTS, density);
        double live = 0;
        for (int i = 0; i < densities.length; i++) {
            assertTrue(densities[i] > 0 && densities[i] <= 1, Arrays.toString(densities));
            live += densities[i] * WEIGHTS[i];
        }
        assertEquals(density, live / 5500, 1e-12);
        assertTrue(densities[1] >= densities[3] && densities[3] >= densities[2] && densities[2] >= densities[0]);
    }

    /** Away from the ends the least and the greatest are two times 0.08 apart, and the others in proportion. */
    @Test
    void differencesAreThoseOfThePaper() {
        double[] densities = DensityAllocation.byOutliers(RATIOS, WEIGHTS, 0.5);
        assertEquals(0.16, densities[1] - densities[0], 1e-12);
        assertEquals(0.04, densities[2] - densities[0], 1e-12);
        assertEquals(0.08, densities[3] - densities[0], 1e-12);
    }

    @Test
    void equalRatiosAreUniform() {
        double[] uniform = DensityAllocation.uniform(3, 0.4);
        assertArrayEquals(new double[] {0.4, 0.4, 0.4}, uniform);
        double[] equal = {0.1, 0.1, 0.1};
        assertArrayEquals(uniform, DensityAllocation.byOutliers(equal, new long[] {1, 2, 3}, 0.4));
    }

    @Test
    void badInputIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> DensityAllocation.byOutliers(RATIOS, new long[] {1}, 0.5));
        assertThrows(IllegalArgumentException.class, () -> DensityAllocation.byOutliers(RATIOS, WEIGHTS, 1.5));
    }

    @Test
    void outliersAreCountedAgainstTheMeanOfAllMatrices() {
        // Scores 1, 1, 1, 9 and six times 2 have a mean of 2.4: only 9 is below 12; then the 9 becomes 40.
        WeightMatrix first = new WeightMatrix("first", 2, 2, new float[] {1, 0.5f, -1, 4.5f});
        WeightMatrix second = new WeightMatrix("second", 3, 2, new float[] {2, -2, 2, 2, 2, 2});
        OutlierRatio.Scored other = new OutlierRatio.Scored(second, new double[] {1, 1});
        assertEquals(0, OutlierRatio.of(List.of(new OutlierRatio.Scored(first, new double[] {1, 2}), other)));
        first.values()[3] = -20;
        assertEquals(0.1, OutlierRatio.of(List.of(new OutlierRatio.Scored(first, new double[] {1, 2}), other)));
        assertThrows(IllegalArgumentException.class, () -> new OutlierRatio.Scored(first, new double[3]));
    }
}
