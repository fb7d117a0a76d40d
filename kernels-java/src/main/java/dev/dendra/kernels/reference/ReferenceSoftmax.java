// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.tensor.FloatMatrix;

/** What is asked of a row of logits: soft-max, its normaliser, the largest element. */
final class ReferenceSoftmax {

    private ReferenceSoftmax() {}

    static float logSumExp(FloatMatrix x, int row) {
        double[] logits = row(x, row);
        double largest = largest(logits);
        if (Double.isInfinite(largest)) {
            return (float) largest;
        }
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - largest);
        }
        return (float) (largest + Math.log(sum));
    }

    static int argMax(FloatMatrix x, int row) {
        int best = -1;
        for (int k = 0; k < x.columns(); k++) {
            float value = x.get(row, k);
            if (!Float.isNaN(value) && (best < 0 || value > x.get(row, best))) {
                best = k;
            }
        }
        return Math.max(best, 0);
    }

    static void softmax(FloatMatrix x, int row) {
        double[] shares = row(x, row);
        softmax(shares);
        for (int k = 0; k < shares.length; k++) {
            x.set(row, k, (float) shares[k]);
        }
    }

    /** In place. */
    static void softmax(double[] x) {
        double largest = largest(x);
        double sum = 0;
        for (int k = 0; k < x.length; k++) {
            x[k] = Math.exp(x[k] - largest);
            sum += x[k];
        }
        for (int k = 0; k < x.length; k++) {
            x[k] /= sum;
        }
    }

    /** NaN if there is one. */
    static double largest(double[] x) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double value : x) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private static double[] row(FloatMatrix x, int row) {
        double[] elements = new double[x.columns()];
        for (int k = 0; k < elements.length; k++) {
            elements[k] = x.get(row, k);
        }
        return elements;
    }
}
