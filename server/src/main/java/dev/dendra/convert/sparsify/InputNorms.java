// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.model.ProductInput;
import dev.dendra.model.ProductObserver;
import dev.dendra.tensor.FloatMatrix;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Euclidean norms of a block's inputs over calibration tokens: what a full set of moments has, at a fraction of its cost. */
final class InputNorms implements ProductObserver {
    private final Map<ProductInput, double[]> squares = new EnumMap<>(ProductInput.class);

    @Override
    public void beforeProduct(ProductInput input, FloatMatrix x, int rows) {
        double[] sums = squares.computeIfAbsent(input, first -> new double[x.columns()]);
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < sums.length; k++) {
                double value = x.get(row, k);
                sums[k] += value * value;
            }
        }
    }

    /** Norms of what enters a matrix. */
    double[] of(String tensor) {
        double[] sums = Objects.requireNonNull(squares.get(BlockTensors.inputOf(tensor)), tensor);
        double[] norms = new double[sums.length];
        for (int k = 0; k < norms.length; k++) {
            norms[k] = Math.sqrt(sums[k]);
        }
        return norms;
    }
}
