// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/** Weights and inputs made up for tests. */
final class Samples {

    private Samples() {}

    static WeightMatrix weights(int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.05f;
        }
        return new WeightMatrix("made.up", rows, columns, values);
    }

    /** Inputs of different strength that follow each other: each is mostly the mean of its neighbours before it. */
    static float[][] correlatedInputs(int tokens, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] strength = new double[columns];
        for (int k = 0; k < columns; k++) {
            strength[k] = Math.exp(random.nextGaussian() * 0.7);
        }
        float[][] inputs = new float[tokens][columns];
        for (float[] token : inputs) {
            double state = 0;
            for (int k = 0; k < columns; k++) {
                state = 0.8 * state + 0.6 * random.nextGaussian();
                token[k] = (float) (state * strength[k]);
            }
        }
        return inputs;
    }

    static InputMoments moments(float[][] inputs, int threads) {
        InputMoments moments = new InputMoments(inputs[0].length, threads);
        add(moments, inputs);
        return moments;
    }

    static void add(InputMoments moments, float[][] inputs) {
        try (Arena arena = Arena.ofShared()) {
            FloatMatrix matrix = FloatMatrix.allocate(arena, inputs.length, inputs[0].length);
            for (int t = 0; t < inputs.length; t++) {
                for (int k = 0; k < inputs[t].length; k++) {
                    matrix.set(t, k, inputs[t][k]);
                }
            }
            moments.add(matrix, inputs.length);
        }
    }

    /** Sum of products of inputs, as the formula reads. */
    static double[][] plainMoments(float[][] inputs) {
        int size = inputs[0].length;
        double[][] sums = new double[size][size];
        for (float[] token : inputs) {
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    sums[i][j] += (double) token[i] * token[j];
                }
            }
        }
        return sums;
    }

    /** The moments with the damping that the solver adds: a hundredth of the mean diagonal. */
    static double[][] plainHessian(float[][] inputs) {
        double[][] hessian = plainMoments(inputs);
        double trace = 0;
        for (int i = 0; i < hessian.length; i++) {
            trace += hessian[i][i];
        }
        for (int i = 0; i < hessian.length; i++) {
            hessian[i][i] += 0.01 * trace / hessian.length;
        }
        return hessian;
    }

    /** Solves {@code A x = b} by Gaussian elimination with row exchanges. */
    static double[] solve(double[][] matrix, double[] right) {
        int size = right.length;
        double[][] a = new double[size][];
        double[] x = right.clone();
        for (int i = 0; i < size; i++) {
            a[i] = matrix[i].clone();
        }
        for (int p = 0; p < size; p++) {
            int best = p;
            for (int i = p; i < size; i++) {
                best = Math.abs(a[i][p]) > Math.abs(a[best][p]) ? i : best;
            }
            double[] row = a[best];
            a[best] = a[p];
            a[p] = row;
            double value = x[best];
            x[best] = x[p];
            x[p] = value;
            for (int i = p + 1; i < size; i++) {
                double factor = a[i][p] / a[p][p];
                for (int k = p; k < size; k++) {
                    a[i][k] -= factor * a[p][k];
                }
                x[i] -= factor * x[p];
            }
        }
        for (int p = size - 1; p >= 0; p--) {
            for (int k = p + 1; k < size; k++) {
                x[p] -= a[p][k] * x[k];
            }
            x[p] /= a[p][p];
        }
        return x;
    }

    /** {@code d^T H d}. */
    static double energy(double[][] hessian, double[] d) {
        double energy = 0;
        for (int i = 0; i < d.length; i++) {
            for (int j = 0; j < d.length; j++) {
                energy += d[i] * hessian[i][j] * d[j];
            }
        }
        return energy;
    }

    /** The weights on a support whose outputs come nearest to those of the dense weights. */
    static double[] leastSquares(double[][] hessian, double[] dense, boolean[] live) {
        int size = dense.length;
        double[][] matrix = new double[size][size];
        double[] right = new double[size];
        for (int i = 0; i < size; i++) {
            matrix[i][i] = 1;
            if (live[i]) {
                for (int j = 0; j < size; j++) {
                    matrix[i][j] = live[j] ? hessian[i][j] : 0;
                    right[i] += hessian[i][j] * dense[j];
                }
            }
        }
        return solve(matrix, right);
    }
}
