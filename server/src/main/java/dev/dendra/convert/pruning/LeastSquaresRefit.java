// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.PanelLayout;

/**
 * The live weights whose outputs come nearest to those of the dense weights: conjugate gradients on the live part of the
 * Hessian, preconditioned by its diagonal. Works on the rows of a panel; one instance is used by one thread.
 */
final class LeastSquaresRefit {
    private static final int MOST_STEPS = 32;
    /** Of the squared residual at the start, at which a row is done. */
    private static final double TOLERANCE = 1e-8;

    private final SymmetricProduct hessian;
    private final int columns;
    private final double[][] residual;
    private final double[][] direction;
    private final double[][] product;
    private final double[] energy = new double[PanelLayout.PANEL_ROWS];
    private final double[] enough = new double[PanelLayout.PANEL_ROWS];

    LeastSquaresRefit(SymmetricProduct hessian) {
        this.hessian = hessian;
        this.columns = hessian.size();
        this.residual = new double[PanelLayout.PANEL_ROWS][columns];
        this.direction = new double[PanelLayout.PANEL_ROWS][columns];
        this.product = new double[PanelLayout.PANEL_ROWS][columns];
    }

    /**
     * Improves live weights.
     *
     * @param dense the weights to come near to
     * @param values the weights to improve, dead ones zero
     * @param live which of them may change
     * @param rows how many rows there are
     */
    void refit(double[][] dense, double[][] values, boolean[][] live, int rows) {
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                direction[r][k] = dense[r][k] - values[r][k];
            }
        }
        hessian.multiply(direction, rows, residual);
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                residual[r][k] = live[r][k] ? residual[r][k] : 0;
                direction[r][k] = residual[r][k] / hessian.row(k)[k];
            }
            energy[r] = preconditioned(residual[r]);
            enough[r] = energy[r] * TOLERANCE;
        }
        for (int step = 0; step < MOST_STEPS; step++) {
            hessian.multiply(direction, rows, product);
            boolean done = true;
            for (int r = 0; r < rows; r++) {
                done &= !step(r, values[r], live[r]);
            }
            if (done) {
                return;
            }
        }
    }

    /** One step of a row; whether another is worth it. */
    private boolean step(int r, double[] values, boolean[] live) {
        double curvature = 0;
        for (int k = 0; k < columns; k++) {
            curvature += direction[r][k] * product[r][k];
        }
        if (curvature <= 0) {
            return false;
        }
        double length = energy[r] / curvature;
        for (int k = 0; k < columns; k++) {
            if (live[k]) {
                values[k] += length * direction[r][k];
                residual[r][k] -= length * product[r][k];
            }
        }
        double next = preconditioned(residual[r]);
        boolean more = next > enough[r];
        double turn = more ? next / energy[r] : 0;
        for (int k = 0; k < columns; k++) {
            direction[r][k] = more ? residual[r][k] / hessian.row(k)[k] + turn * direction[r][k] : 0;
        }
        energy[r] = next;
        return more;
    }

    private double preconditioned(double[] vector) {
        double sum = 0;
        for (int k = 0; k < columns; k++) {
            sum += vector[k] * vector[k] / hessian.row(k)[k];
        }
        return sum;
    }
}
