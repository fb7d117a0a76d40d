// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The solver and the reconstruction against closed forms and brute force. */
class SparseGptPrunerTest {
    /** bf16 rounds a weight by up to 1/256 of it; what the others then make up for is of that size. */
    private static final double ROUNDING = 0.015;

    private final Arena arena = Arena.ofAuto();

    /** Optimal brain surgeon: without weight p the others change by {@code -w_p / [H^-1]_pp * H^-1[:, p]}. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theFirstWeightIsMadeUpForByTheClosedForm(long seed) {
        float[][] inputs = Samples.correlatedInputs(60, 6, seed);
        double[][] hessian = Samples.plainHessian(inputs);
        WeightMatrix weights = Samples.weights(1, 6, seed);
        weights.values()[0] = 0.001f;
        double[] unit = {1, 0, 0, 0, 0, 0};
        double[] inverse = Samples.solve(hessian, unit);
        Pruned pruned = prune(weights, inputs, 5.0 / 6, PruningMethod.SPARSEGPT.pruner(1));
        assertFalse(pruned.live().isLive(0, 0));
        for (int k = 1; k < 6; k++) {
            double expected = weights.get(0, k) - weights.get(0, 0) / inverse[0] * inverse[k];
            assertEquals(expected, pruned.weights()[k], ROUNDING * 0.1, "weight " + k);
        }
    }

    /** A weight in the middle is made up for behind it alone, by the inverse of that part of the Hessian. */
    @Test
    void aLaterWeightIsMadeUpForBehindIt() {
        float[][] inputs = Samples.correlatedInputs(60, 8, 5);
        double[][] hessian = Samples.plainHessian(inputs);
        WeightMatrix weights = Samples.weights(1, 8, 5);
        for (int k = 0; k < 8; k++) {
            weights.values()[k] = k == 3 ? 0.1f : 1;
        }
        boolean[] behind = {false, false, false, false, true, true, true, true};
        double[] lost = {0, 0, 0, 0.1, 0, 0, 0, 0};
        double[] made = Samples.leastSquares(hessian, lost, behind);
        Pruned pruned = prune(weights, inputs, 7.0 / 8, PruningMethod.SPARSEGPT.pruner(1));
        assertFalse(pruned.live().isLive(0, 3));
        assertTrue(Math.abs(made[4]) > 3 * ROUNDING, "a change of " + made[4] + " would not be seen");
        for (int k = 0; k < 8; k++) {
            double expected = k == 3 ? 0 : weights.get(0, k) + made[k];
            assertEquals(expected, pruned.weights()[k], ROUNDING * 0.7, "weight " + k);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void reconstructionFindsTheLeastSquaresSolution(long seed) {
        float[][] inputs = Samples.correlatedInputs(100, 24, seed);
        double[][] hessian = Samples.plainHessian(inputs);
        WeightMatrix weights = Samples.weights(1, 24, seed);
        double[] dense = new double[24];
        weights.row(0, dense);
        Pruned pruned = prune(weights, inputs, 0.5, PruningMethod.WANDA.reconstructingPruner(1));
        boolean[] live = new boolean[24];
        double[] difference = new double[24];
        for (int k = 0; k < 24; k++) {
            live[k] = pruned.live().isLive(0, k);
            difference[k] = pruned.weights()[k] - dense[k];
        }
        double[] best = Samples.leastSquares(hessian, dense, live);
        for (int k = 0; k < 24; k++) {
            best[k] -= dense[k];
        }
        double least = Samples.energy(hessian, best);
        double found = Samples.energy(hessian, difference);
        assertTrue(found >= least * 0.9999 && found < least * 1.01, found + " against " + least);
    }

    /** With 12 weights all masks can be tried. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theMaskIsNearTheBestOfAll(long seed) {
        float[][] inputs = Samples.correlatedInputs(100, 12, seed);
        double[][] hessian = Samples.plainHessian(inputs);
        WeightMatrix weights = Samples.weights(1, 12, seed);
        double[] dense = new double[12];
        weights.row(0, dense);
        double least = Double.POSITIVE_INFINITY;
        double sum = 0;
        int masks = 0;
        for (int mask = 0; mask < 1 << 12; mask++) {
            if (Integer.bitCount(mask) == 6) {
                boolean[] live = new boolean[12];
                for (int k = 0; k < 12; k++) {
                    live[k] = (mask >> k & 1) != 0;
                }
                double[] difference = Samples.leastSquares(hessian, dense, live);
                for (int k = 0; k < 12; k++) {
                    difference[k] -= dense[k];
                }
                double energy = Samples.energy(hessian, difference);
                least = Math.min(least, energy);
                sum += energy;
                masks++;
            }
        }
        Pruned pruned = prune(weights, inputs, 0.5, PruningMethod.SPARSEGPT.reconstructingPruner(1));
        double[] difference = new double[12];
        for (int k = 0; k < 12; k++) {
            difference[k] = pruned.weights()[k] - dense[k];
        }
        double found = Samples.energy(hessian, difference);
        assertEquals(924, masks);
        assertTrue(found >= least * 0.999, found + " is better than the best, " + least);
        assertTrue(found < least + 0.15 * (sum / masks - least), found + " of " + least + " to " + sum / masks);
    }

    /** Nobody has seen them at work, so they go first; where there is room, they stay as they are. */
    @Test
    void weightsOfSilentInputsDieFirstAndAreLeftAlone() {
        float[][] inputs = Samples.correlatedInputs(100, 16, 7);
        for (float[] token : inputs) {
            token[5] = 0;
            token[6] = 0;
        }
        WeightMatrix weights = Samples.weights(3, 16, 7);
        Pruned pruned = prune(weights, inputs, 14.0 / 16, PruningMethod.SPARSEGPT.pruner(1));
        Pruned dense = prune(weights, inputs, 1, PruningMethod.SPARSEGPT.pruner(1));
        for (int n = 0; n < 3; n++) {
            assertTrue(!pruned.live().isLive(n, 5) || !pruned.live().isLive(n, 6));
            assertEquals(weights.get(n, 5), dense.weights()[n * 16 + 5], 0.001f);
        }
    }

    private Pruned prune(WeightMatrix weights, float[][] inputs, double density, Pruner pruner) {
        PruningRequest request = new PruningRequest(Pattern.UNSTRUCTURED, density, Encoding.BF16, true);
        return pruner.prune(weights, Samples.moments(inputs, 1), request, arena);
    }
}
