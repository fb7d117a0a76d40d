// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Activations rounded to bfloat16. */
record Bfloat16Input(FloatMatrix values, Bfloat16Matrix rounded) implements RoundedInput {

    Bfloat16Input(Arena arena, FloatMatrix values) {
        this(values, Bfloat16Matrix.allocate(arena, values.rows(), values.columns()));
    }

    @Override
    public void round(Kernels kernels, int from, int to) {
        kernels.roundRows(values, rounded, from, to);
    }

    @Override
    public void multiply(
            Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int from, int to, MemorySegment scratch) {
        kernels.matmul(w, rounded, y, rows, from, to, scratch);
    }
}
