// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;

/**
 * The Hessian of an output's squared error, as the solver needs it: the upper triangular U of its damped inverse,
 * {@code H^-1 = U^T U}. With the inputs before j fixed, an error e at input j is best made up for by adding
 * {@code e * U[j][k] / U[j][j]} at each input k behind it, and costs {@code e^2 / U[j][j]^2} then.
 */
final class InverseFactor {
    private final double[][] rows;
    private final double[] costs;

    private InverseFactor(double[][] rows) {
        this.rows = rows;
        this.costs = new double[rows.length];
        for (int j = 0; j < rows.length; j++) {
            costs[j] = 1 / (rows[j][j] * rows[j][j]);
        }
    }

    /**
     * The factor of moments.
     *
     * @throws InvalidMomentsException if all inputs are always zero
     */
    static InverseFactor of(InputMoments moments, ParallelPanels parallel) {
        int size = moments.columns();
        double damping = moments.damping();
        double[][] upper = new double[size][];
        for (int i = 0; i < size; i++) {
            upper[i] = new double[size];
            for (int j = i; j < size; j++) {
                upper[i][j] = moments.get(i, j);
            }
            upper[i][i] += damping;
        }
        TriangularInverse.replace(upper, parallel);
        return new InverseFactor(upper);
    }

    /** {@code U[j]}, of which the elements from j on count. */
    double[] row(int j) {
        return rows[j];
    }

    /** What a squared error costs at each input, if the inputs behind it make up for it: {@code 1 / U[j][j]^2}. */
    double[] costs() {
        return costs;
    }

    /** What a squared error costs at each input, if all others make up for it: one over the inverse's diagonal. */
    double[] costsAmongAll() {
        double[] inverse = new double[rows.length];
        for (int j = 0; j < rows.length; j++) {
            for (int k = j; k < rows.length; k++) {
                inverse[k] += rows[j][k] * rows[j][k];
            }
        }
        for (int j = 0; j < inverse.length; j++) {
            inverse[j] = 1 / inverse[j];
        }
        return inverse;
    }
}
