// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

/**
 * Where the codes and scales of a weight matrix {@code [N, K]} lie: panels of 16 outputs, the same bytes for every
 * instruction set.
 *
 * <p>A panel is a row of blocks, one after the other as the inputs ascend; a block is one line of scales, then the lines
 * of codes that they scale, so that a kernel reads a panel as one ascending stream. Panel {@code p} holds outputs
 * {@code 16p .. 16p+15} and starts at {@code p * panelBytes()}. N is padded to 16 and K to 64 with zero codes and zero
 * scales; every line starts at a multiple of 64 bytes. With {@code n} the output inside the panel and {@code j} the input
 * inside the block:
 *
 * <table>
 * <caption>Placement, in bytes from the start of the block</caption>
 * <tr><th>encoding</th><th>inputs of a block</th><th>scales</th><th>code</th></tr>
 * <tr><td>f32</td><td>K padded</td><td>none</td><td>{@code j*64 + n*4}</td></tr>
 * <tr><td>bf16</td><td>K padded</td><td>none</td><td>{@code (j/2)*64 + n*4 + (j%2)*2}</td></tr>
 * <tr><td>i8</td><td>K padded</td><td>{@code n*4}: f32 scale</td><td>{@code 64 + (j/4)*64 + n*4 + j%4}</td></tr>
 * <tr><td>i8g32</td><td>64</td><td>{@code n*4 + (j/32)*2}: f16 scale</td>
 * <td>{@code 64 + (j/4)*64 + n*4 + j%4}</td></tr>
 * <tr><td>u4g32</td><td>32</td><td>{@code n*4}: f16 scale, then f16 minimum</td>
 * <td>{@code 64 + (j/8)*64 + n*4 + j%4}, low nibble where {@code j/4} is even, else high</td></tr>
 * </table>
 *
 * @param encoding how a weight is coded
 * @param rows outputs N, at least 1
 * @param columns inputs K, at least 1
 */
public record PanelLayout(Encoding encoding, int rows, int columns) {

    /** Outputs in a panel. */
    public static final int PANEL_ROWS = 16;

    /** K is padded to a multiple of this. */
    public static final int COLUMN_MULTIPLE = 64;

    /** Bytes of a line: one 512-bit register, one row of an AMX tile. */
    public static final int LINE_BYTES = 64;

    /** Checks the shape; the largest dimension leaves room for padding in an int. */
    public PanelLayout {
        int largest = Integer.MAX_VALUE - COLUMN_MULTIPLE;
        if (rows < 1 || rows > largest || columns < 1 || columns > largest) {
            throw new IllegalArgumentException(
                    "a weight matrix needs 1 to " + largest + " rows and columns, got [" + rows + ", " + columns + "]");
        }
    }

    /** K padded to a multiple of 64. */
    public int paddedColumns() {
        return paddedColumns(columns);
    }

    /** {@code columns} padded to a multiple of 64: the row stride that an activation of that width needs. */
    public static int paddedColumns(int columns) {
        return (columns + COLUMN_MULTIPLE - 1) & -COLUMN_MULTIPLE;
    }

    /** Number of panels: N / 16, rounded up. */
    public int panels() {
        return (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    /** Inputs of a block. */
    public int blockColumns() {
        return switch (encoding) {
            case F32, BF16, I8 -> paddedColumns();
            case I8G32 -> 64;
            case U4G32 -> 32;
        };
    }

    /** Bytes from the start of a block to its first code: its line of scales, if it has one. */
    public long blockCodesOffset() {
        return switch (encoding) {
            case F32, BF16 -> 0;
            case I8, I8G32, U4G32 -> LINE_BYTES;
        };
    }

    /** Bytes of a block. */
    public long blockBytes() {
        return blockCodesOffset() + (long) blockColumns() * PANEL_ROWS * encoding.codeBits() / 8;
    }

    /** Byte offset of the scales of the block that holds input {@code column}, from the start of the panel. */
    public long scalesOffset(int column) {
        return column / blockColumns() * blockBytes();
    }

    /** Byte offset of the first code of the line that holds input {@code column}, from the start of the panel. */
    public long lineOffset(int column) {
        long line = (long) (column % blockColumns()) * encoding.codeBits() / 32;
        return scalesOffset(column) + blockCodesOffset() + line * LINE_BYTES;
    }

    /** Bytes of a panel. */
    public long panelBytes() {
        return paddedColumns() / blockColumns() * blockBytes();
    }

    /** Bytes of the whole matrix; a multiple of 64. */
    public long bytes() {
        return Math.multiplyExact(panelBytes(), (long) panels());
    }
}
