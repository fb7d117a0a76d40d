// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;

/** Activations that are multiplied as they are. */
record SinglePrecisionInput(FloatMatrix values) implements RoundedInput {

    @Override
    public void round(Kernels kernels, int from, int to) {
        // Nothing to round.
    }

    @Override
    public void multiply(
            Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int from, int to, MemorySegment scratch) {
        kernels.matmul(w, values, y, rows, from, to, scratch);
    }
}
