// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Activations {@code [M, K]} rounded to int8, or to int16 held as two int8 planes
 * ({@code code = 256 * plane + lowPlane}, so that a kernel for int8 serves both), off-heap, row-major. Each row has one
 * scale for every {@code group} inputs, or a single one: weights whose scales do not run along the inputs accumulate
 * over all of K and want that.
 *
 * @param rows capacity in rows
 * @param columns inputs K
 * @param stride codes from one row to the next: K padded to 64; padding codes are zero
 * @param group inputs that share a scale, {@link #GROUP}, or 0 where the row has a single one; a product needs what
 *     {@link Encoding#groupSize()} of its weights says
 * @param scales f32 {@code [M][stride/group]}, or {@code [M]}
 * @param plane the codes, or their high bytes
 * @param lowPlane the low bytes of int16 codes, null for int8
 */
public record QuantizedMatrix(
        int rows,
        int columns,
        int stride,
        int group,
        MemorySegment scales,
        CodePlane plane,
        @Nullable CodePlane lowPlane) {

    /** Inputs that share a scale. */
    public static final int GROUP = 32;

    /** Checks what kernels rely on. */
    public QuantizedMatrix {
        if (rows < 1
                || columns < 1
                || stride != PanelLayout.paddedColumns(columns)
                || !(group == 0 || group == GROUP)) {
            throw new IllegalArgumentException("no quantised matrix of rows " + rows + ", columns " + columns
                    + ", stride " + stride + ", group " + group);
        }
        long codes = (long) rows * stride;
        long scaleCount = scales(rows, stride, group);
        OffHeap.require("activation scales", scales, scaleCount * Float.BYTES);
        plane.require("activation", codes, scaleCount);
        if (lowPlane != null) {
            lowPlane.require("low activation", codes, scaleCount);
        }
    }

    /**
     * A zeroed matrix.
     *
     * @param precision {@code I8} or {@code I16}
     * @param group 32, or 0 for one scale a row
     */
    public static QuantizedMatrix allocate(
            Arena arena, ActivationPrecision precision, int rows, int columns, int group) {
        int stride = PanelLayout.paddedColumns(columns);
        long codes = (long) rows * stride;
        long scaleCount = scales(rows, stride, group);
        boolean two = switch (precision) {
            case I8 -> false;
            case I16 -> true;
            case F32, BF16 -> throw new IllegalArgumentException(precision.id() + " activations have no integer codes");
        };
        return new QuantizedMatrix(
                rows,
                columns,
                stride,
                group,
                OffHeap.allocate(arena, scaleCount * Float.BYTES),
                CodePlane.allocate(arena, codes, scaleCount),
                two ? CodePlane.allocate(arena, codes, scaleCount) : null);
    }

    /** {@code I8} or {@code I16}. */
    public ActivationPrecision precision() {
        return lowPlane == null ? ActivationPrecision.I8 : ActivationPrecision.I16;
    }

    /** Inputs from one scale to the next: the group, or the stride of a row with a single scale. */
    public int scaleColumns() {
        return group == 0 ? stride : group;
    }

    /** Index of the scale, and of the sums, of an element. */
    public long scaleIndex(int row, int column) {
        return ((long) row * stride + column) / scaleColumns();
    }

    private static long scales(int rows, int stride, int group) {
        return group == 0 ? rows : (long) rows * stride / group;
    }
}
