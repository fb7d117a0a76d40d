// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;

/**
 * The upper triangular U of a symmetric positive definite matrix's inverse: {@code H^-1 = U^T U}.
 *
 * <p>H is taken apart from its last row on, {@code H = R R^T} with R upper triangular; then U is R's inverse. So the inverse
 * itself is not needed on the way, and one triangle holds H, then R, then U. Rows are as long as the matrix is wide, whatever
 * lies before the diagonal, so that loops have one index (see {@link Axpy}).
 */
final class TriangularInverse {
    /** Columns that are eliminated together, and rows that are inverted together. */
    private static final int BLOCK = 32;
    /** Rows of a task: those of R that it reads are in the cache for all of them. */
    private static final int BAND = 8;

    private final ParallelPanels parallel;
    private final int size;
    private final double[][] upper;

    private TriangularInverse(double[][] upper, ParallelPanels parallel) {
        this.parallel = parallel;
        this.size = upper.length;
        this.upper = upper;
    }

    /**
     * Replaces H by U.
     *
     * @param upper {@code [K, K]}, of which only the elements from the diagonal on are read; its rows become others
     * @throws InvalidMomentsException if H is not positive definite
     */
    static void replace(double[][] upper, ParallelPanels parallel) {
        TriangularInverse inverse = new TriangularInverse(upper, parallel);
        inverse.factorise();
        inverse.invert();
    }

    private void factorise() {
        double[][] columns = new double[BLOCK][size];
        for (int end = size; end > 0; end -= BLOCK) {
            int start = Math.max(0, end - BLOCK);
            for (int j = end - 1; j >= start; j--) {
                eliminate(j, start, columns[j - start]);
            }
            int width = end - start;
            parallel.run(Math.ceilDiv(start, BAND), () -> band -> {
                int to = Math.min((band + 1) * BAND, start);
                for (int i = band * BAND; i < to; i++) {
                    subtract(i, start, width, columns);
                }
            });
        }
    }

    /** Column j of R, and what it takes from the columns before it in its block. */
    private void eliminate(int j, int start, double[] column) {
        double pivot = upper[j][j];
        if (!(pivot > 0)) {
            throw new InvalidMomentsException("the Hessian of the inputs is not positive definite at input " + j);
        }
        double root = Math.sqrt(pivot);
        upper[j][j] = root;
        for (int i = 0; i < j; i++) {
            column[i] = upper[i][j] / root;
            upper[i][j] = column[i];
        }
        for (int i = 0; i < j; i++) {
            Axpy.add(upper[i], -column[i], column, Math.max(i, start), j);
        }
    }

    /** What a block of columns takes from row i before it. */
    private void subtract(int i, int end, int width, double[][] columns) {
        double[] row = upper[i];
        int j = 0;
        for (; j + 4 <= width; j += 4) {
            double[] c0 = columns[j];
            double[] c1 = columns[j + 1];
            double[] c2 = columns[j + 2];
            double[] c3 = columns[j + 3];
            Axpy.add(row, -c0[i], c0, -c1[i], c1, -c2[i], c2, -c3[i], c3, i, end);
        }
        for (; j < width; j++) {
            Axpy.add(row, -columns[j][i], columns[j], i, end);
        }
    }

    /** Row i of U follows from the rows of R from i on, so R can go as U comes, from the first row on. */
    private void invert() {
        double[][] inverse = new double[BLOCK][];
        for (int start = 0; start < size; start += BLOCK) {
            int first = start;
            int count = Math.min(BLOCK, size - start);
            parallel.run(Math.ceilDiv(count, BAND), () -> band -> {
                int from = band * BAND;
                invert(first, from, Math.min(from + BAND, count), inverse);
            });
            System.arraycopy(inverse, 0, upper, start, count);
        }
    }

    private void invert(int first, int from, int to, double[][] inverse) {
        for (int i = from; i < to; i++) {
            inverse[i] = new double[size];
            inverse[i][first + i] = 1;
        }
        for (int k = first + from; k < size; k++) {
            double[] pivots = upper[k];
            for (int i = from; i < to && first + i <= k; i++) {
                double value = inverse[i][k] / pivots[k];
                inverse[i][k] = value;
                Axpy.add(inverse[i], -value, pivots, k + 1, size);
            }
        }
    }
}
