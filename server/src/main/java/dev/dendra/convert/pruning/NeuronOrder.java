// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.Pattern;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * An order of the neurons of a gated feed-forward part, {@code down(act(gate(x)) * up(x))}, in which blocks hold what may
 * die together. Neurons are rows of gate and up and columns of down; to reorder all three changes no result.
 *
 * <p>Blocks of down's inputs come first: neurons are sorted by what they give to all outputs, then swapped between blocks
 * while that lets the blocks that will live hold more of what each panel of outputs is given. Then blocks, or the neurons in
 * them, are put into panels of gate and up, in the same way, by the inputs that they need.
 */
public final class NeuronOrder {

    private NeuronOrder() {}

    /**
     * The order for a request; the order as it is where single weights live or die.
     *
     * @param gate {@code [F, K]}
     * @param up {@code [F, K]}
     * @param down {@code [N, F]}
     * @param inputs norms of the inputs of gate and up, K
     * @param neurons norms of the inputs of down, F
     * @return which neuron comes first, second and so on
     */
    public static int[] of(
            WeightMatrix gate,
            WeightMatrix up,
            WeightMatrix down,
            double[] inputs,
            double[] neurons,
            PruningRequest request) {
        requireShapes(gate, up, down, inputs, neurons);
        int[] order = IntStream.range(0, gate.rows()).toArray();
        if (request.pattern() == Pattern.UNSTRUCTURED) {
            return order;
        }
        double[][] given = given(down, neurons, request.pattern());
        order = sorted(given);
        int width = request.pattern().blockColumns();
        int blocks = Math.ceilDiv(order.length, width);
        NeuronGroups byOutputs = new NeuronGroups(given, order, width, order.length);
        byOutputs.improve(
                request.balanced()
                        ? new KeptEnergy.PerDimension(request.live(blocks))
                        : new KeptEnergy.Overall(request.density()));
        if (request.pattern().blockRows() == 1) {
            return order;
        }
        double[][] needed = needed(gate, up, inputs, request.pattern());
        KeptEnergy kept = request.balanced()
                ? new KeptEnergy.PerGroup(request.live(needed[0].length / 2), needed[0].length / 2)
                : new KeptEnergy.Overall(request.density());
        int height = request.pattern().blockRows();
        if (height <= width) {
            // Panels divide blocks: neurons move inside of their block.
            new NeuronGroups(needed, order, height, width).improve(kept);
            return order;
        }
        return ofBlocks(order, needed, width, height, kept);
    }

    /** Whole blocks of neurons put into panels; a block that is cut short by the end stays there. */
    private static int[] ofBlocks(int[] order, double[][] needed, int width, int height, KeptEnergy kept) {
        int whole = order.length / width;
        double[][] profiles = new double[whole][needed[0].length];
        for (int i = 0; i < whole * width; i++) {
            for (int d = 0; d < needed[0].length; d++) {
                profiles[i / width][d] += needed[order[i]][d];
            }
        }
        int[] blocks = IntStream.range(0, whole).toArray();
        new NeuronGroups(profiles, blocks, height / width, whole).improve(kept);
        int[] result = order.clone();
        for (int i = 0; i < whole; i++) {
            System.arraycopy(order, blocks[i] * width, result, i * width, width);
        }
        return result;
    }

    private static void requireShapes(
            WeightMatrix gate, WeightMatrix up, WeightMatrix down, double[] inputs, double[] neurons) {
        if (up.rows() != gate.rows()
                || up.columns() != gate.columns()
                || down.columns() != gate.rows()
                || inputs.length != gate.columns()
                || neurons.length != gate.rows()) {
            throw new IllegalArgumentException("no feed-forward part of gate [" + gate.rows() + ", " + gate.columns()
                    + "], up [" + up.rows() + ", " + up.columns() + "], down [" + down.rows() + ", " + down.columns()
                    + "], " + inputs.length + " inputs and " + neurons.length + " neurons");
        }
    }

    /** What each neuron gives to each row of blocks of down. */
    private static double[][] given(WeightMatrix down, double[] neurons, Pattern pattern) {
        double[][] given = new double[down.columns()][Math.ceilDiv(down.rows(), pattern.blockRows())];
        for (int n = 0; n < down.rows(); n++) {
            for (int f = 0; f < down.columns(); f++) {
                double product = down.get(n, f) * neurons[f];
                given[f][n / pattern.blockRows()] += product * product;
            }
        }
        return given;
    }

    /** What each neuron's gate, then up, takes from each block of inputs. */
    private static double[][] needed(WeightMatrix gate, WeightMatrix up, double[] inputs, Pattern pattern) {
        int blocks = Math.ceilDiv(gate.columns(), pattern.blockColumns());
        double[][] needed = new double[gate.rows()][2 * blocks];
        for (int f = 0; f < gate.rows(); f++) {
            for (int k = 0; k < gate.columns(); k++) {
                int block = k / pattern.blockColumns();
                double ofGate = gate.get(f, k) * inputs[k];
                double ofUp = up.get(f, k) * inputs[k];
                needed[f][block] += ofGate * ofGate;
                needed[f][blocks + block] += ofUp * ofUp;
            }
        }
        return needed;
    }

    private static int[] sorted(double[][] given) {
        double[] totals = new double[given.length];
        for (int f = 0; f < totals.length; f++) {
            totals[f] = Arrays.stream(given[f]).sum();
        }
        return IntStream.range(0, totals.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(f -> -totals[f]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
