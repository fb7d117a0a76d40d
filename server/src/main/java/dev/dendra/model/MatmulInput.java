// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Activations that enter a matmul, {@code [M, K]}.
 *
 * @param values in single precision
 * @param quantized where they are rounded to; null where matmuls take single precision
 */
record MatmulInput(FloatMatrix values, @Nullable QuantizedMatrix quantized) {

    static MatmulInput allocate(Arena arena, Activations activations, int rows, int columns) {
        return new MatmulInput(
                FloatMatrix.allocate(arena, rows, columns),
                activations == Activations.I8 ? QuantizedMatrix.allocate(arena, rows, columns) : null);
    }
}
