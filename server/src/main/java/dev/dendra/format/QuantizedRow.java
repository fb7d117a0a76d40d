// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

/**
 * A row of a quantised GGUF tensor taken apart: element {@code k} is
 * {@code scale(k / groupSize()) * code(k) + minimum(k / groupSize())}. Meant to be filled again and again by
 * {@link GgmlDequantizer#decode}.
 */
public final class QuantizedRow {
    final byte[] codes;
    final float[] scales;
    final float[] minimums;
    private final int groupSize;

    /** Room for a row of {@code columns} elements of a quantised type. */
    public QuantizedRow(GgmlType type, int columns) {
        if (!type.isQuantized() || columns % type.blockElements() != 0) {
            throw new IllegalArgumentException("no quantised row of " + columns + " elements of " + type);
        }
        groupSize = type == GgmlType.Q6_K ? 16 : 32;
        codes = new byte[columns];
        scales = new float[columns / groupSize];
        minimums = new float[columns / groupSize];
    }

    /** Elements that share a scale: 16 for Q6_K, else 32. */
    public int groupSize() {
        return groupSize;
    }

    /** Number of elements. */
    public int columns() {
        return codes.length;
    }

    /**
     * The code of an element: -8..7 for Q4_0, -16..15 for Q5_0, -32..31 for Q6_K, any byte for Q8_0; 0..15 for Q4_1
     * and Q4_K, 0..31 for Q5_1 and Q5_K.
     */
    public byte code(int column) {
        return codes[column];
    }

    /** The scale of a group. */
    public float scale(int group) {
        return scales[group];
    }

    /** What is added to the scaled codes of a group. */
    public float minimum(int group) {
        return minimums[group];
    }
}
