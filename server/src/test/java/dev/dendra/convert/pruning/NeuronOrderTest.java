// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NeuronOrderTest {
    private static final int INPUTS = 128;
    private static final int NEURONS = 200;

    private final Arena arena = Arena.ofAuto();
    private final WeightMatrix gate = uneven(Samples.weights(NEURONS, INPUTS, 1));
    private final WeightMatrix up = uneven(Samples.weights(NEURONS, INPUTS, 2));
    private final WeightMatrix down = Samples.weights(64, NEURONS, 3);
    private final float[][] activations = Samples.correlatedInputs(500, NEURONS, 4);
    private final double[] inputs =
            Samples.moments(Samples.correlatedInputs(500, INPUTS, 5), 1).norms();

    /** Every neuron listens to some inputs more than to others. */
    private static WeightMatrix uneven(WeightMatrix weights) {
        SplittableRandom random = new SplittableRandom(6);
        for (int n = 0; n < weights.rows(); n++) {
            int loud = random.nextInt(4) * 32;
            for (int k = loud; k < loud + 32; k++) {
                weights.values()[n * INPUTS + k] *= 4;
            }
        }
        return weights;
    }

    @ParameterizedTest
    @EnumSource(
            value = Pattern.class,
            names = {"UNSTRUCTURED", "QUADS", "LINES", "TILES"})
    void holdsEveryNeuronOnceAndChangesNoOutput(Pattern pattern) {
        for (boolean balanced : new boolean[] {true, false}) {
            int[] order = order(pattern, balanced);
            int[] sorted = order.clone();
            Arrays.sort(sorted);
            assertArrayEquals(IntStream.range(0, NEURONS).toArray(), sorted);
            assertArrayEquals(order, order(pattern, balanced));

            double[] before = output(gate, up, down);
            double[] after = output(gate.withRows(order), up.withRows(order), down.withColumns(order));
            // The same products in another order.
            assertArrayEquals(before, after, 1e-12);
        }
    }

    /** Outputs of the feed-forward part for one input. */
    private static double[] output(WeightMatrix gate, WeightMatrix up, WeightMatrix down) {
        double[] x = new SplittableRandom(9).doubles(gate.columns(), -1, 1).toArray();
        double[] y = new double[down.rows()];
        for (int f = 0; f < gate.rows(); f++) {
            double gated = 0;
            double raised = 0;
            for (int k = 0; k < x.length; k++) {
                gated += gate.get(f, k) * x[k];
                raised += up.get(f, k) * x[k];
            }
            double neuron = gated / (1 + Math.exp(-gated)) * raised;
            for (int n = 0; n < y.length; n++) {
                y[n] += down.get(n, f) * neuron;
            }
        }
        return y;
    }

    @Test
    void singleWeightsNeedNoOrder() {
        assertArrayEquals(IntStream.range(0, NEURONS).toArray(), order(Pattern.UNSTRUCTURED, true));
    }

    @ParameterizedTest
    @CsvSource({"QUADS, true", "QUADS, false", "LINES, true", "LINES, false", "TILES, true", "TILES, false"})
    void blocksLoseLess(Pattern pattern, boolean balanced) {
        int[] order = order(pattern, balanced);
        InputMoments neurons = Samples.moments(activations, 1);
        double before = error(down, neurons, pattern, balanced);
        double after = error(down.withColumns(order), neurons.reordered(order), pattern, balanced);
        assertTrue(after < 0.97 * before, before + " to " + after);
        if (pattern == Pattern.LINES) {
            InputMoments in = Samples.moments(Samples.correlatedInputs(500, INPUTS, 5), 1);
            double ofGate = error(gate, in, pattern, balanced);
            double ordered = error(gate.withRows(order), in, pattern, balanced);
            assertTrue(ordered < 0.97 * ofGate, ofGate + " to " + ordered);
        }
    }

    private double error(WeightMatrix weights, InputMoments moments, Pattern pattern, boolean balanced) {
        PruningRequest request = new PruningRequest(pattern, 0.5, Encoding.BF16, balanced);
        Pruned pruned = PruningMethod.WANDA.pruner(1).prune(weights, moments, request, arena);
        return OutputError.relative(weights, pruned.weights(), moments, 1);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        PruningRequest request = new PruningRequest(Pattern.LINES, 0.5, Encoding.I8, true);
        double[] neurons = new double[NEURONS];
        IllegalArgumentException thrown = assertThrows(
                IllegalArgumentException.class,
                () -> NeuronOrder.of(gate, up, Samples.weights(64, NEURONS + 1, 1), inputs, neurons, request));
        assertTrue(String.valueOf(thrown.getMessage()).contains("down [64, 201]"), thrown.getMessage());
        assertEquals(INPUTS, inputs.length);
    }

    private int[] order(Pattern pattern, boolean balanced) {
        double[] neurons = Samples.moments(activations, 1).norms();
        return NeuronOrder.of(
                gate, up, down, inputs, neurons, new PruningRequest(pattern, 0.5, Encoding.BF16, balanced));
    }
}
