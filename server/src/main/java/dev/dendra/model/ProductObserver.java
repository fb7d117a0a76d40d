// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.FloatMatrix;

/** Sees the activations of a Transformer block before they are multiplied. */
@FunctionalInterface
public interface ProductObserver {

    /** Looks at nothing. */
    ProductObserver NONE = (input, x, rows) -> {};

    /**
     * A product is next.
     *
     * @param x its input in single precision, to be read only, and only until this returns
     * @param rows of {@code x} in use
     */
    void beforeProduct(ProductInput input, FloatMatrix x, int rows);
}
