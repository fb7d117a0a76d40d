// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

/**
 * Where the codes and scales of a weight matrix {@code [N, K]} lie: panels of 16 outputs, the same bytes for every
 * instruction set.
 *
 * <p>A panel is its codes, then its scales; panel {@code p} holds outputs {@code 16p .. 16p+15} and starts at
 * {@code p * panelBytes()}. N is padded to 16 and K to 64 with zero codes and zero scales, and every part of a panel is
 * a multiple of 64 bytes. With {@code n} the output inside the panel and {@code k} the input:
 *
 * <table>
 * <caption>Placement, in bytes from the start of the panel</caption>
 * <tr><th>encoding</th><th>code</th><th>scales, from {@link #scalesOffset()}</th></tr>
 * <tr><td>f32</td><td>{@code k*64 + n*4}</td><td>none</td></tr>
 * <tr><td>bf16</td><td>{@code (k/2)*64 + n*4 + (k%2)*2}</td><td>none</td></tr>
 * <tr><td>i8</td><td>{@code (k/4)*64 + n*4 + k%4}</td><td>{@code n*4}: f32 scale</td></tr>
 * <tr><td>i8g32</td><td>{@code (k/4)*64 + n*4 + k%4}</td><td>{@code (k/32)*32 + n*2}: f16 scale</td></tr>
 * <tr><td>u4g32</td><td>{@code (k/8)*64 + n*4 + k%4}, low nibble where {@code k/4} is even, else high</td>
 * <td>{@code (k/32)*64 + n*4}: f16 scale, then f16 minimum</td></tr>
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

    /** Bytes of a panel's codes. */
    public long codesBytes() {
        return (long) paddedColumns() * PANEL_ROWS * encoding.codeBits() / 8;
    }

    /** Bytes from the start of a panel to its scales. */
    public long scalesOffset() {
        return codesBytes();
    }

    /** Bytes of a panel's scales. */
    public long scalesBytes() {
        return switch (encoding) {
            case F32, BF16 -> 0;
            case I8 -> LINE_BYTES;
            case I8G32 -> (long) paddedColumns() / 32 * 32;
            case U4G32 -> (long) paddedColumns() / 32 * LINE_BYTES;
        };
    }

    /** Bytes of a panel. */
    public long panelBytes() {
        return codesBytes() + scalesBytes();
    }

    /** Bytes of the whole matrix; a multiple of 64. */
    public long bytes() {
        return Math.multiplyExact(panelBytes(), (long) panels());
    }
}
