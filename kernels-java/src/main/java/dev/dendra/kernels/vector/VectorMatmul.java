// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.StepRows;
import dev.dendra.kernels.reference.ReferenceKernels;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.MemorySegment;

/** Matmuls and gather; stands in with the reference until they are written. */
final class VectorMatmul {
    /** Bytes of scratch that a matmul needs. */
    static final long SCRATCH_BYTES = 0;

    private final Kernels reference = new ReferenceKernels();

    void gather(PackedMatrix table, StepRows rows, FloatMatrix y, int rowFrom, int rowTo) {
        reference.gather(table, rows, y, rowFrom, rowTo);
    }

    void matmul(
            PackedMatrix w, FloatMatrix x, FloatMatrix y, int rows, int panelFrom, int panelTo, MemorySegment scratch) {
        reference.matmul(w, x, y, rows, panelFrom, panelTo, scratch);
    }

    void matmul(
            PackedMatrix w,
            QuantizedMatrix x,
            FloatMatrix y,
            int rows,
            int panelFrom,
            int panelTo,
            MemorySegment scratch) {
        reference.matmul(w, x, y, rows, panelFrom, panelTo, scratch);
    }
}
