// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Activations {@code [M, K]} rounded to int8, off-heap, row-major, with one scale for each group of {@link #GROUP}
 * inputs and one for the whole row.
 *
 * <p>Both roundings are kept, since weights of encoding {@code i8} accumulate over all of K and want one scale a row:
 * {@code groupCodes} with {@code groupScales}, or {@code rowCodes} with {@code rowScales}. The sums of the codes serve
 * the minima of {@code u4g32} and the unsigned operand of VNNI.
 *
 * @param rows capacity in rows
 * @param columns inputs K
 * @param stride codes from one row to the next: K padded to 64; padding codes are zero
 * @param groupCodes int8 {@code [M][stride]}, in -127 .. 127
 * @param groupScales f32 {@code [M][stride/32]}
 * @param groupSums int32 {@code [M][stride/32]}: sum of the group's codes
 * @param rowCodes int8 {@code [M][stride]}, in -127 .. 127
 * @param rowScales f32 {@code [M]}
 */
public record QuantizedMatrix(
        int rows,
        int columns,
        int stride,
        MemorySegment groupCodes,
        MemorySegment groupScales,
        MemorySegment groupSums,
        MemorySegment rowCodes,
        MemorySegment rowScales) {

    /** Inputs that share a scale. */
    public static final int GROUP = 32;

    /** Checks what kernels rely on. */
    public QuantizedMatrix {
        if (rows < 1 || columns < 1 || stride != PanelLayout.paddedColumns(columns)) {
            throw new IllegalArgumentException(
                    "no quantised matrix of rows " + rows + ", columns " + columns + ", stride " + stride);
        }
        long codes = (long) rows * stride;
        OffHeap.require("group codes", groupCodes, codes);
        OffHeap.require("group scales", groupScales, codes / GROUP * Float.BYTES);
        OffHeap.require("group sums", groupSums, codes / GROUP * Integer.BYTES);
        OffHeap.require("row codes", rowCodes, codes);
        OffHeap.require("row scales", rowScales, (long) rows * Float.BYTES);
    }

    /** A zeroed matrix. */
    public static QuantizedMatrix allocate(Arena arena, int rows, int columns) {
        int stride = PanelLayout.paddedColumns(columns);
        long codes = (long) rows * stride;
        return new QuantizedMatrix(
                rows,
                columns,
                stride,
                OffHeap.allocate(arena, codes),
                OffHeap.allocate(arena, codes / GROUP * Float.BYTES),
                OffHeap.allocate(arena, codes / GROUP * Integer.BYTES),
                OffHeap.allocate(arena, codes),
                OffHeap.allocate(arena, (long) rows * Float.BYTES));
    }
}
