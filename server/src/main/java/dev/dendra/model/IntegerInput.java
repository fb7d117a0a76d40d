// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Activations rounded to integers, as each encoding of the weights wants it; float weights meet single precision. */
final class IntegerInput implements RoundedInput {
    private final FloatMatrix values;
    private final @Nullable QuantizedMatrix byGroup;
    private final @Nullable QuantizedMatrix byRow;

    IntegerInput(Arena arena, ActivationPrecision precision, Set<Encoding> encodings, FloatMatrix values) {
        this.values = values;
        this.byGroup = allocate(arena, precision, encodings, values, QuantizedMatrix.GROUP);
        this.byRow = allocate(arena, precision, encodings, values, 0);
    }

    private static @Nullable QuantizedMatrix allocate(
            Arena arena, ActivationPrecision precision, Set<Encoding> encodings, FloatMatrix values, int group) {
        boolean isWanted =
                encodings.stream().anyMatch(encoding -> encoding.isInteger() && encoding.groupSize() == group);
        return isWanted ? QuantizedMatrix.allocate(arena, precision, values.rows(), values.columns(), group) : null;
    }

    @Override
    public void round(Kernels kernels, int from, int to) {
        if (byGroup != null) {
            kernels.quantizeRows(values, byGroup, from, to);
        }
        if (byRow != null) {
            kernels.quantizeRows(values, byRow, from, to);
        }
    }

    @Override
    public void multiply(
            Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int from, int to, MemorySegment scratch) {
        QuantizedMatrix codes = w.encoding().groupSize() == 0 ? byRow : byGroup;
        if (codes != null && w.encoding().isInteger()) {
            kernels.matmul(w, codes, y, rows, from, to, scratch);
        } else {
            kernels.matmul(w, values, y, rows, from, to, scratch);
        }
    }
}
