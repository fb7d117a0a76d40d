// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.format.GgufTensor;
import dev.dendra.tensor.Encoding;

/**
 * What becomes of a tensor.
 *
 * @param name in the sparse model
 * @param source in the model that it is made from
 * @param encoding of a matrix; f32 for a vector
 * @param isSparse whether it is pruned
 */
record PlannedTensor(String name, GgufTensor source, Encoding encoding, boolean isSparse) {

    boolean isMatrix() {
        return source.shape().size() == 2;
    }

    int rows() {
        return (int) source.rows();
    }

    int columns() {
        return (int) source.columns();
    }
}
