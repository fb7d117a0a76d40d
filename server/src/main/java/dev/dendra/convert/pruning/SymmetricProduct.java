// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Arrays;

/** Products of a damped Hessian, all of its {@code K^2} elements, with the rows of a panel. */
final class SymmetricProduct {
    /** Rows of the Hessian that all rows of the panel meet while they are near. */
    private static final int BLOCK = 32;

    private final double[][] hessian;

    private SymmetricProduct(double[][] hessian) {
        this.hessian = hessian;
    }

    static SymmetricProduct of(InputMoments moments) {
        int size = moments.columns();
        double damping = moments.damping();
        double[][] hessian = new double[size][size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                hessian[i][j] = moments.get(i, j);
                hessian[j][i] = hessian[i][j];
            }
            hessian[i][i] += damping;
        }
        return new SymmetricProduct(hessian);
    }

    int size() {
        return hessian.length;
    }

    double[] row(int k) {
        return hessian[k];
    }

    /** Writes {@code H x} for the first {@code rows} of the vectors x to y; what is zero costs nothing. */
    void multiply(double[][] x, int rows, double[][] y) {
        int size = size();
        for (int r = 0; r < rows; r++) {
            Arrays.fill(y[r], 0);
        }
        int[] found = new int[BLOCK];
        for (int from = 0; from < size; from += BLOCK) {
            int to = Math.min(from + BLOCK, size);
            for (int r = 0; r < rows; r++) {
                double[] vector = x[r];
                int count = 0;
                for (int k = from; k < to; k++) {
                    if (vector[k] != 0) {
                        found[count++] = k;
                    }
                }
                int i = 0;
                for (; i + 4 <= count; i += 4) {
                    int k0 = found[i];
                    int k1 = found[i + 1];
                    int k2 = found[i + 2];
                    int k3 = found[i + 3];
                    Axpy.add(
                            y[r],
                            vector[k0],
                            hessian[k0],
                            vector[k1],
                            hessian[k1],
                            vector[k2],
                            hessian[k2],
                            vector[k3],
                            hessian[k3],
                            0,
                            size);
                }
                for (; i < count; i++) {
                    Axpy.add(y[r], vector[found[i]], hessian[found[i]], 0, size);
                }
            }
        }
    }
}
