// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.Encoding;

/**
 * What one worker computes of a matrix product in one call, for {@link Kernels#tuned}.
 *
 * @param encoding of the weights
 * @param columns inputs K
 * @param panels panels of outputs
 * @param calls such calls in a step of the model
 */
public record MatmulSlice(Encoding encoding, int columns, int panels, int calls) {

    /** Weights that all calls of a step read. */
    public long weightsPerStep() {
        return (long) columns * panels * calls;
    }
}
