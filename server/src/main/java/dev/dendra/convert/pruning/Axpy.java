// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

/** Multiples of vectors added to vectors: loops that the JIT turns into vector instructions, each in a fixed order. */
final class Axpy {

    private Axpy() {}

    /** {@code y[at ..] += factor * x[from ..]}. */
    static void add(double[] y, int at, double factor, double[] x, int from, int length) {
        for (int k = 0; k < length; k++) {
            y[at + k] += factor * x[from + k];
        }
    }

    /** {@code y[at ..] += f0 * x0[from ..] + f1 * x1[from ..] + ...}: four vectors for one pass over y. */
    static void add(
            double[] y,
            int at,
            double f0,
            double[] x0,
            double f1,
            double[] x1,
            double f2,
            double[] x2,
            double f3,
            double[] x3,
            int from,
            int length) {
        for (int k = 0; k < length; k++) {
            y[at + k] += f0 * x0[from + k] + f1 * x1[from + k] + f2 * x2[from + k] + f3 * x3[from + k];
        }
    }
}
