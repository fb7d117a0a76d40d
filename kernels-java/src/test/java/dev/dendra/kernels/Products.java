// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.dendra.kernels.reference.PanelReader;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;

/** Products in double precision, and how far a kernel's may be from them. */
final class Products {
    /** Roundings of a product beside those of its K additions: scales, minima, the sums of groups. */
    private static final int OTHER_ROUNDINGS = 8;

    private Products() {}

    /** The weight that a product is defined with. */
    @FunctionalInterface
    interface Weight {
        double of(PanelReader reader, int n, int k);
    }

    /**
     * Fails unless every {@code y[m, n]} is what {@code K + 8} roundings can make of the sum of products, each off by
     * {@code roundoff} of the sum of magnitudes and, below the normal range, by {@code underflow} times the scale. A sum
     * with a part that is not finite must not be finite either.
     */
    static void assertWithinBound(
            String label,
            PackedMatrix w,
            FloatMatrix x,
            FloatMatrix y,
            double roundoff,
            double underflow,
            Weight weight) {
        PanelReader reader = new PanelReader(w);
        double[] weights = new double[w.columns()];
        double[] magnitudes = new double[w.columns()];
        for (int n = 0; n < w.rows(); n++) {
            double largest = 1;
            for (int k = 0; k < weights.length; k++) {
                weights[k] = weight.of(reader, n, k);
                magnitudes[k] = magnitude(reader, n, k);
                largest = Math.max(largest, Math.abs(reader.scale(n, k)));
            }
            for (int m = 0; m < x.rows(); m++) {
                double sum = 0;
                double magnitude = 0;
                for (int k = 0; k < weights.length; k++) {
                    sum += x.get(m, k) * weights[k];
                    magnitude += Math.abs(x.get(m, k)) * magnitudes[k];
                }
                int roundings = weights.length + OTHER_ROUNDINGS;
                if (Double.isFinite(magnitude)) {
                    double bound = roundings * (roundoff * magnitude + underflow * largest);
                    Matrices.assertNear(label, sum, y.get(m, n), bound);
                } else {
                    assertFalse(Float.isFinite(y.get(m, n)), label + ": a sum that is not finite became finite");
                }
            }
        }
    }

    /** Sum of the magnitudes of the products that make up {@code y[m, n]}. */
    static double magnitude(PackedMatrix w, FloatMatrix x, int m, int n) {
        PanelReader reader = new PanelReader(w);
        double magnitude = 0;
        for (int k = 0; k < w.columns(); k++) {
            magnitude += Math.abs(x.get(m, k)) * magnitude(reader, n, k);
        }
        return magnitude;
    }

    /** What a weight is worth where its parts do not cancel: {@code |scale| * code + |minimum|}. */
    private static double magnitude(PanelReader reader, int n, int k) {
        return reader.encoding() == Encoding.U4G32
                ? Math.abs((double) reader.scale(n, k)) * reader.code(n, k) + Math.abs(reader.minimum(n, k))
                : Math.abs(reader.weight(n, k));
    }
}
