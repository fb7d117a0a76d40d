// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Activations {@code [M, columns]} in bfloat16, off-heap, row-major.
 *
 * @param segment at least {@code rows * stride * 2} bytes, 64-byte aligned
 * @param rows capacity in rows
 * @param columns elements of a row in use
 * @param stride elements from one row to the next: {@code columns} padded to 64; padding is zero
 */
public record Bfloat16Matrix(MemorySegment segment, int rows, int columns, int stride) {

    /** Checks what kernels rely on. */
    public Bfloat16Matrix {
        if (rows < 1 || columns < 1 || stride != PanelLayout.paddedColumns(columns)) {
            throw new IllegalArgumentException(
                    "no bfloat16 matrix of rows " + rows + ", columns " + columns + ", stride " + stride);
        }
        OffHeap.require("bfloat16 matrix", segment, (long) rows * stride * Short.BYTES);
    }

    /** A zeroed matrix. */
    public static Bfloat16Matrix allocate(Arena arena, int rows, int columns) {
        int stride = PanelLayout.paddedColumns(columns);
        return new Bfloat16Matrix(OffHeap.allocate(arena, (long) rows * stride * Short.BYTES), rows, columns, stride);
    }

    /** Byte offset of an element. */
    public long offset(int row, int column) {
        return ((long) row * stride + column) * Short.BYTES;
    }

    /** One element, widened; for tests and cold code. */
    public float get(int row, int column) {
        return Bfloat16.toFloat(segment.get(ValueLayout.JAVA_SHORT, offset(row, column)));
    }
}
