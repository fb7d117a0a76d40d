// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;

/** What a change of weights does to a matrix's outputs over the calibration tokens. */
public final class OutputError {

    private OutputError() {}

    /**
     * The root mean square of the difference between outputs, over the root mean square of the outputs before.
     *
     * @param weights before, {@code [N, K]}
     * @param changed after, N * K row by row
     * @param moments of the inputs
     * @param threads platform threads, the caller's among them
     */
    public static double relative(WeightMatrix weights, float[] changed, InputMoments moments, int threads) {
        InputMoments inputs = InputMoments.require(moments, weights);
        int columns = weights.columns();
        double[] before = new double[weights.rows()];
        double[] difference = new double[weights.rows()];
        new ParallelPanels(threads).run(weights.rows(), () -> {
            double[] values = new double[columns];
            return n -> {
                for (int k = 0; k < columns; k++) {
                    values[k] = weights.get(n, k);
                }
                before[n] = inputs.energy(values);
                for (int k = 0; k < columns; k++) {
                    values[k] -= changed[n * columns + k];
                }
                difference[n] = inputs.energy(values);
            };
        });
        double total = 0;
        double lost = 0;
        for (int n = 0; n < before.length; n++) {
            total += before[n];
            lost += difference[n];
        }
        return lost == 0 ? 0 : Math.sqrt(lost / total);
    }
}
