// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Sums of rows and SwiGLU's gate. */
final class VectorElementwise {

    private VectorElementwise() {}

    static void add(FloatMatrix x, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            addRow(x.segment(), x.offset(row, 0), y.segment(), y.offset(row, 0), x.columns());
        }
    }

    static void addBias(MemorySegment bias, FloatMatrix y, int rowFrom, int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            addRow(bias, 0, y.segment(), y.offset(row, 0), y.columns());
        }
    }

    /** Byte offsets; reads and writes {@code columns} elements and none behind them. */
    private static void addRow(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int columns) {
        long whole = (long) FLOATS.loopBound(columns) * Float.BYTES;
        long end = (long) columns * Float.BYTES;
        for (long k = 0; k < whole; k += BYTES) {
            FloatVector.fromMemorySegment(FLOATS, y, yOffset + k, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, x, xOffset + k, ORDER))
                    .intoMemorySegment(y, yOffset + k, ORDER);
        }
        for (long k = whole; k < end; k += Float.BYTES) {
            float sum = y.get(ValueLayout.JAVA_FLOAT, yOffset + k) + x.get(ValueLayout.JAVA_FLOAT, xOffset + k);
            y.set(ValueLayout.JAVA_FLOAT, yOffset + k, sum);
        }
    }

    /** Columns are multiples of 16, so every register is whole. */
    static void siluMultiply(FloatMatrix gate, FloatMatrix up, FloatMatrix y, int rows, int columnFrom, int columnTo) {
        long bytes = (long) (columnTo - columnFrom) * Float.BYTES;
        for (int row = 0; row < rows; row++) {
            siluMultiplyRow(
                    gate.segment(),
                    gate.offset(row, columnFrom),
                    up.segment(),
                    up.offset(row, columnFrom),
                    y.segment(),
                    y.offset(row, columnFrom),
                    bytes);
        }
    }

    private static void siluMultiplyRow(
            MemorySegment gate,
            long gateOffset,
            MemorySegment up,
            long upOffset,
            MemorySegment y,
            long yOffset,
            long bytes) {
        for (long k = 0; k < bytes; k += BYTES) {
            FloatVector g = FloatVector.fromMemorySegment(FLOATS, gate, gateOffset + k, ORDER);
            // 1 / (1 + exp(-g)) where g >= 0, else the same times exp(g) / exp(g): the exponential cannot overflow.
            FloatVector e = VectorExp.exp(g.abs().neg());
            FloatVector numerator = e.blend(1f, g.compare(VectorOperators.GE, 0f));
            g.mul(numerator)
                    .div(e.add(1f))
                    .mul(FloatVector.fromMemorySegment(FLOATS, up, upOffset + k, ORDER))
                    .intoMemorySegment(y, yOffset + k, ORDER);
        }
    }
}
