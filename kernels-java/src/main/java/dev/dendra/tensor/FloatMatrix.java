// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Activations {@code [M, columns]} in single precision, off-heap, row-major. Rows start {@link #stride()} elements
 * apart; the elements between {@code columns} and the stride are zero and stay zero, since a matmul reads them.
 *
 * @param segment at least {@code rows * stride * 4} bytes, 64-byte aligned
 * @param rows capacity in rows; an operation is told how many of them it works on
 * @param columns elements of a row in use
 * @param stride elements from one row to the next, a multiple of 64
 */
public record FloatMatrix(MemorySegment segment, int rows, int columns, int stride) {

    /** Checks what kernels rely on. */
    public FloatMatrix {
        if (rows < 1 || columns < 1 || stride < columns || stride % PanelLayout.COLUMN_MULTIPLE != 0) {
            throw new IllegalArgumentException(
                    "no float matrix of rows " + rows + ", columns " + columns + ", stride " + stride);
        }
        OffHeap.require("float matrix", segment, (long) rows * stride * Float.BYTES);
    }

    /** A zeroed matrix whose stride is {@code columns} padded to 64. */
    public static FloatMatrix allocate(Arena arena, int rows, int columns) {
        int stride = PanelLayout.paddedColumns(columns);
        return new FloatMatrix(OffHeap.allocate(arena, (long) rows * stride * Float.BYTES), rows, columns, stride);
    }

    /** Byte offset of an element. */
    public long offset(int row, int column) {
        return ((long) row * stride + column) * Float.BYTES;
    }

    /** One element; for tests and cold code. */
    public float get(int row, int column) {
        return segment.get(ValueLayout.JAVA_FLOAT, offset(row, column));
    }

    /** Sets one element; for tests and cold code. */
    public void set(int row, int column, float value) {
        segment.set(ValueLayout.JAVA_FLOAT, offset(row, column), value);
    }
}
