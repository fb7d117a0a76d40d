// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.PanelLayout;

/**
 * Moves codes, one at a time, to where the squared error of the output is least with all others as they are, until none
 * moves: coordinate descent. Scales stay. One instance is used by one thread.
 */
final class CodeDescent {
    private static final int MOST_SWEEPS = 4;

    private final SymmetricProduct hessian;
    private final double[][] difference;
    private final double[][] gradient;

    CodeDescent(SymmetricProduct hessian) {
        this.hessian = hessian;
        this.difference = new double[PanelLayout.PANEL_ROWS][hessian.size()];
        this.gradient = new double[PanelLayout.PANEL_ROWS][hessian.size()];
    }

    /**
     * Improves the codes of a panel.
     *
     * @param dense the weights whose outputs to come near to
     * @param live which codes may change
     * @param coded the codes
     * @param first output that the first row is
     * @param rows how many rows there are
     */
    void improve(double[][] dense, boolean[][] live, CodedWeights coded, int first, int rows) {
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < hessian.size(); k++) {
                difference[r][k] = coded.get(first + r, k) - dense[r][k];
            }
        }
        hessian.multiply(difference, rows, gradient);
        for (int r = 0; r < rows; r++) {
            boolean moved = true;
            for (int sweep = 0; sweep < MOST_SWEEPS && moved; sweep++) {
                moved = sweep(gradient[r], live[r], coded, first + r);
            }
        }
    }

    private boolean sweep(double[] gradient, boolean[] live, CodedWeights coded, int row) {
        boolean moved = false;
        for (int k = 0; k < gradient.length; k++) {
            if (live[k]) {
                double before = coded.get(row, k);
                double after = coded.put(row, k, before - gradient[k] / hessian.row(k)[k]);
                if (after != before) {
                    Axpy.add(gradient, after - before, hessian.row(k), 0, gradient.length);
                    moved = true;
                }
            }
        }
        return moved;
    }
}
