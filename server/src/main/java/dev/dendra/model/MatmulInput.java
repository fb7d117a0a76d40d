// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Activations that enter a matmul, {@code [M, K]}, with room for what they are rounded to first. */
final class MatmulInput {
    private final FloatMatrix values;
    private final Activations activations;
    private final Map<ActivationPrecision, RoundedInput> rounded = new EnumMap<>(ActivationPrecision.class);

    /**
     * Room for {@code rows}.
     *
     * @param encodings of the weights that the activations will be multiplied with
     */
    MatmulInput(Arena arena, Activations activations, Set<Encoding> encodings, int rows, int columns) {
        this.values = FloatMatrix.allocate(arena, rows, columns);
        this.activations = activations;
        for (ActivationPrecision precision : EnumSet.of(activations.fewRows(), activations.manyRows())) {
            rounded.put(
                    precision,
                    switch (precision) {
                        case F32 -> new SinglePrecisionInput(values);
                        case BF16 -> new Bfloat16Input(arena, values);
                        case I8, I16 -> new IntegerInput(arena, precision, encodings, values);
                    });
        }
    }

    /** In single precision: what is written, before {@link #round}. */
    FloatMatrix values() {
        return values;
    }

    /** Rounds rows {@code from .. to} of a step of {@code rows}. */
    void round(Kernels kernels, int rows, int from, int to) {
        of(rows).round(kernels, from, to);
    }

    /** {@code y = x w^T} for the outputs of panels {@code from .. to}; see {@link Kernels}. */
    void multiply(Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int from, int to, MemorySegment scratch) {
        of(rows).multiply(kernels, w, y, rows, from, to, scratch);
    }

    private RoundedInput of(int rows) {
        RoundedInput input = rounded.get(activations.of(rows));
        if (input == null) {
            throw new AssertionError(activations);
        }
        return input;
    }
}
