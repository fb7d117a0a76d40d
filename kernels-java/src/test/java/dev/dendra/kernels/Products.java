// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.dendra.kernels.reference.PanelReader;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;

/** Products in double precision, and how far a kernel's may be from them. */
final class Products {
    /** Roundings of a product beside those of its K additions: scales, minima, the sums of groups. */
    private static final int OTHER_ROUNDINGS = 8;

    /** Single precision, where a code may carry an offset of up to 384 that is taken back from the group's sum. */
    static final Arithmetic SINGLE_PRECISION =
            new Arithmetic(Products::weight, 384, KernelsUnderTest.UNIT_ROUNDOFF, Float.MIN_VALUE);

    private Products() {}

    /** The weight that a product is defined with. */
    @FunctionalInterface
    interface Weight {
        double of(PanelReader reader, int n, int k);
    }

    /**
     * What a product is made with.
     *
     * @param weight its weights
     * @param codeOffset what a code may carry while groups are summed
     * @param roundoff how far an operation is off, relative to what it holds
     * @param underflow the same near zero, absolute, for a scale of 1
     */
    record Arithmetic(Weight weight, double codeOffset, double roundoff, double underflow) {}

    /**
     * Fails unless every {@code y[m, n]} is what {@code K + 8} roundings can make of the sum of products. A sum with a
     * part that is not finite must not be finite either.
     */
    static void assertWithinBound(String label, PackedMatrix w, FloatMatrix x, FloatMatrix y, Arithmetic arithmetic) {
        PanelReader reader = new PanelReader(w);
        double[] weights = new double[w.columns()];
        double[] magnitudes = new double[w.columns()];
        for (int n = 0; n < w.rows(); n++) {
            double largestScale = 1;
            for (int k = 0; k < weights.length; k++) {
                weights[k] = arithmetic.weight().of(reader, n, k);
                magnitudes[k] = magnitude(reader, n, k, arithmetic.codeOffset());
                largestScale = Math.max(largestScale, Math.abs(reader.scale(n, k)));
            }
            for (int m = 0; m < x.rows(); m++) {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < weights.length; k++) {
                    sum += x.get(m, k) * weights[k];
                    magnitude += Math.abs(x.get(m, k)) * magnitudes[k];
                }
                double bound = (weights.length + OTHER_ROUNDINGS)
                        * (arithmetic.roundoff() * magnitude + arithmetic.underflow() * largestScale);
                if (Double.isFinite(sum)) {
                    Matrices.assertNear(label, sum, y.get(m, n), bound);
                } else {
                    assertFalse(Float.isFinite(y.get(m, n)), label + ": " + sum + " became " + y.get(m, n));
                }
            }
        }
    }

    /** Sum of the magnitudes of the products that make up {@code y[m, n]}. */
    static double magnitude(PackedMatrix w, FloatMatrix x, int m, int n) {
        PanelReader reader = new PanelReader(w);
        double magnitude = 0;
        for (int k = 0; k < w.columns(); k++) {
            magnitude += Math.abs(x.get(m, k)) * magnitude(reader, n, k, 0);
        }
        return magnitude;
    }

    /** What a weight is worth where its parts do not cancel: {@code |scale| * |code| + |minimum|}. */
    private static double magnitude(PanelReader reader, int n, int k, double codeOffset) {
        return reader.encoding().isInteger()
                ? Math.abs((double) reader.scale(n, k)) * (codeOffset + Math.abs(reader.code(n, k)))
                        + Math.abs(reader.minimum(n, k))
                : Math.abs(reader.weight(n, k));
    }

    private static double weight(PanelReader reader, int n, int k) {
        return reader.encoding().isInteger()
                ? (double) reader.scale(n, k) * reader.code(n, k) + reader.minimum(n, k)
                : reader.weight(n, k);
    }
}
