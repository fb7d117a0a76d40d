// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

/**
 * Multiples of vectors added to a vector. All arrays of a loop have the same index, since HotSpot turns only such loops into
 * vector instructions: with different offsets it cannot tell that arrays do not overlap.
 */
final class Axpy {

    private Axpy() {}

    /** {@code y[from .. to] += factor * x[from .. to]}. */
    static void add(double[] y, double factor, double[] x, int from, int to) {
        for (int k = from; k < to; k++) {
            y[k] += factor * x[k];
        }
    }

    /** {@code y += f0 * x0 + f1 * x1 + f2 * x2 + f3 * x3}: four vectors for one pass over y. */
    static void add(
            double[] y,
            double f0,
            double[] x0,
            double f1,
            double[] x1,
            double f2,
            double[] x2,
            double f3,
            double[] x3,
            int from,
            int to) {
        for (int k = from; k < to; k++) {
            y[k] += f0 * x0[k] + f1 * x1[k] + f2 * x2[k] + f3 * x3[k];
        }
    }

    /** The same in single precision. */
    static void add(
            float[] y,
            float f0,
            float[] x0,
            float f1,
            float[] x1,
            float f2,
            float[] x2,
            float f3,
            float[] x3,
            int from,
            int to) {
        for (int k = from; k < to; k++) {
            y[k] += f0 * x0[k] + f1 * x1[k] + f2 * x2[k] + f3 * x3[k];
        }
    }
}
