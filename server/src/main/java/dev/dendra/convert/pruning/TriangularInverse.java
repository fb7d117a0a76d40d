// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;

/**
 * The upper triangular U of a symmetric positive definite matrix's inverse: {@code H^-1 = U^T U}.
 *
 * <p>H is taken apart from its last row on, {@code H = R R^T} with R upper triangular; then U is R's inverse. So the inverse
 * itself is not needed on the way, and one triangle holds H and then R. Row i of a triangle holds columns i to K - 1.
 */
final class TriangularInverse {
    /** Columns that are eliminated together. */
    private static final int BLOCK = 32;
    /** Rows of a task. */
    private static final int BAND = 16;

    private final ParallelPanels parallel;
    private final int size;
    /** First H, then R. */
    private final double[][] upper;

    private TriangularInverse(double[][] upper, ParallelPanels parallel) {
        this.parallel = parallel;
        this.size = upper.length;
        this.upper = upper;
    }

    /**
     * The factor of a matrix.
     *
     * @param upper the upper triangle of H; overwritten
     * @return U
     * @throws InvalidMomentsException if H is not positive definite
     */
    static double[][] of(double[][] upper, ParallelPanels parallel) {
        TriangularInverse inverse = new TriangularInverse(upper, parallel);
        inverse.factorise();
        return inverse.invert();
    }

    private void factorise() {
        double[][] columns = new double[BLOCK][size];
        for (int end = size; end > 0; end -= BLOCK) {
            int start = Math.max(0, end - BLOCK);
            for (int j = end - 1; j >= start; j--) {
                eliminate(j, start, columns[j - start]);
            }
            int first = start;
            int width = end - start;
            parallel.run(Math.ceilDiv(first, BAND), () -> band -> {
                int to = Math.min((band + 1) * BAND, first);
                for (int i = band * BAND; i < to; i++) {
                    subtract(i, first, width, columns);
                }
            });
        }
    }

    /** Column j of R, and what it takes from the columns before it in its block. */
    private void eliminate(int j, int start, double[] column) {
        double pivot = upper[j][0];
        if (!(pivot > 0)) {
            throw new InvalidMomentsException("the Hessian of the inputs is not positive definite at input " + j);
        }
        double root = Math.sqrt(pivot);
        upper[j][0] = root;
        for (int i = 0; i < j; i++) {
            column[i] = upper[i][j - i] / root;
            upper[i][j - i] = column[i];
        }
        for (int i = 0; i < j; i++) {
            double factor = column[i];
            double[] row = upper[i];
            for (int k = Math.max(i, start); k < j; k++) {
                row[k - i] -= factor * column[k];
            }
        }
    }

    /** What a block of columns takes from row i before it. */
    private void subtract(int i, int end, int width, double[][] columns) {
        double[] row = upper[i];
        int length = end - i;
        int j = 0;
        for (; j + 4 <= width; j += 4) {
            double[] c0 = columns[j];
            double[] c1 = columns[j + 1];
            double[] c2 = columns[j + 2];
            double[] c3 = columns[j + 3];
            Axpy.add(row, 0, -c0[i], c0, -c1[i], c1, -c2[i], c2, -c3[i], c3, i, length);
        }
        for (; j < width; j++) {
            Axpy.add(row, 0, -columns[j][i], columns[j], i, length);
        }
    }

    private double[][] invert() {
        double[][] inverse = new double[size][];
        parallel.run(Math.ceilDiv(size, BAND), () -> band -> {
            int first = band * BAND;
            int end = Math.min(first + BAND, size);
            for (int i = first; i < end; i++) {
                inverse[i] = new double[size - i];
                inverse[i][0] = 1;
            }
            for (int k = first; k < size; k++) {
                double[] pivots = upper[k];
                for (int i = first; i < Math.min(end, k + 1); i++) {
                    double value = inverse[i][k - i] / pivots[0];
                    inverse[i][k - i] = value;
                    Axpy.add(inverse[i], k + 1 - i, -value, pivots, 1, size - k - 1);
                }
            }
        });
        return inverse;
    }
}
