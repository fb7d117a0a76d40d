// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntUnaryOperator;

/**
 * Where the live codes of a sparse matrix {@code [N, K]} lie.
 *
 * <p>The bytes are a table of {@code panels + 1} 64-bit offsets from their start, padded to 64; the panels, each at a
 * multiple of 64; and 64 zero bytes, so that a register may be loaded from the last code on. The last offset is the end of
 * the last panel.
 *
 * <p>A panel is the masks of all its inputs, padded to 64 bytes, then blocks as {@link PanelLayout} has them: a line of
 * scales, if the encoding has scales, then the live codes, without padding from block to block; the panel is padded to 64.
 * With a <i>quad-line</i> for the 16 outputs and 4 inputs {@code 4q .. 4q+3}:
 *
 * <table>
 * <caption>Masks and codes</caption>
 * <tr><th>pattern</th><th>mask</th><th>codes</th></tr>
 * <tr><td>1x1</td><td>64 bits a quad-line, one for each code in the order of {@link #element}</td>
 * <td>live ones in that order</td></tr>
 * <tr><td>1x4</td><td>16 bits a quad-line, one for each output</td><td>the same order</td></tr>
 * <tr><td>16x4</td><td>1 bit a quad-line</td><td>the same order; bf16 and i8 padded with zero quad-lines to a multiple of
 * 64 inputs, so that the panel behind its masks is a dense one of fewer inputs</td></tr>
 * <tr><td>16x64</td><td>1 bit for 16 quad-lines</td><td>dense blocks: the panel behind its masks is a dense one of fewer
 * inputs</td></tr>
 * </table>
 *
 * <p>A code takes 2 bytes in bf16, 1 in i8 and i8g32, half a byte in u4g32, low half first and each quad-line from a whole
 * byte on. With 1x1 and 1x4 every block is stored; with 16x4 and 16x64 one of i8g32 or u4g32 without live codes is not.
 * In u4g32 the minimum of each group is exactly -8 times its scale, so that code 8 is a weight of zero; but for 16x64, codes
 * are stored as signed numbers, {@code code - 8}. What is dead, or padding, reads as weight zero.
 *
 * @param panels shape, encoding, and the placement in the dense matrix that this one stands for
 * @param pattern a sparse one
 */
public record SparseLayout(PanelLayout panels, Pattern pattern) {
    /** Codes of a quad-line. */
    public static final int QUAD_LINE = 64;

    /** Bytes behind the last panel. */
    public static final int TAIL_BYTES = 64;

    /** Most inputs of a sparse matrix: two of its panels fit into scratch as dense ones. */
    public static final int MAXIMUM_COLUMNS = 1 << 16;

    private static final int ALIGNMENT = 64;

    static final ValueLayout.OfLong OFFSET = ValueLayout.JAVA_LONG;

    /** Checks that there is such a layout. */
    public SparseLayout {
        if (!pattern.isSparse() || panels.encoding() == Encoding.F32) {
            throw new IllegalArgumentException(
                    "no pattern " + pattern.id() + " of " + panels.encoding().id() + " weights");
        }
        if (panels.columns() > MAXIMUM_COLUMNS) {
            throw new IllegalArgumentException(
                    "a sparse matrix has at most " + MAXIMUM_COLUMNS + " inputs, not " + panels.columns());
        }
    }

    /** The layout of a sparse matrix. */
    public static SparseLayout of(PackedMatrix matrix) {
        return new SparseLayout(matrix.layout(), matrix.pattern());
    }

    /** Bytes of the table of offsets. */
    public long tableBytes() {
        return align((panels.panels() + 1L) * Long.BYTES);
    }

    /** Bytes at the least: those of a matrix without live codes. */
    public long leastBytes() {
        return tableBytes() + panels.panels() * maskBytes() + TAIL_BYTES;
    }

    /** Quad-lines of a panel, padding included. */
    public int quads() {
        return panels.paddedColumns() / 4;
    }

    /** Quad-lines of a block. */
    public int blockQuads() {
        return panels.blockColumns() / 4;
    }

    /** Bytes of a panel's masks. */
    public long maskBytes() {
        return align(Math.ceilDiv(maskBits(), 8L));
    }

    /** Bits of a panel's masks, without their padding. */
    public long maskBits() {
        return switch (pattern) {
            case UNSTRUCTURED -> quads() * 64L;
            case QUADS -> quads() * 16L;
            case LINES -> quads();
            case TILES -> quads() / 16;
            case DENSE -> throw new AssertionError(pattern);
        };
    }

    /** Bits of a code. */
    public int codeBits() {
        return panels.encoding().codeBits();
    }

    /** Whether the panels behind their masks are dense ones of fewer inputs. */
    public boolean isCompact() {
        return pattern == Pattern.TILES
                || (pattern == Pattern.LINES && panels.encoding().groupSize() == 0);
    }

    /** Whether blocks without live codes are not stored. */
    public boolean dropsDeadBlocks() {
        return (pattern == Pattern.LINES || pattern == Pattern.TILES)
                && panels.encoding().groupSize() > 0;
    }

    /** Place of a code in its quad-line: that of its bytes in the dense one, nibbles taken apart. */
    public int element(int n, int k) {
        int output = n % PanelLayout.PANEL_ROWS;
        return panels.encoding() == Encoding.BF16 ? (k % 4 / 2 * 32) + (output * 2) + (k % 2) : (output * 4) + (k % 4);
    }

    /** Bytes that codes of a quad-line take if so many live. */
    public int codeBytes(int live) {
        return (live * codeBits() + 7) / 8;
    }

    /**
     * Bytes of a panel.
     *
     * @param liveCount how many codes of a quad-line live
     */
    long panelBytes(IntUnaryOperator liveCount) {
        long size = maskBytes();
        long liveQuads = 0;
        for (int first = 0; first < quads(); first += blockQuads()) {
            long codes = 0;
            for (int quad = first; quad < first + blockQuads(); quad++) {
                int live = liveCount.applyAsInt(quad);
                codes += codeBytes(live);
                liveQuads += live > 0 ? 1 : 0;
            }
            size += blockBytes(codes);
        }
        return align(size + paddingBytes(liveQuads));
    }

    /** Bytes of a block with so many bytes of codes. */
    private long blockBytes(long codes) {
        return codes == 0 && dropsDeadBlocks() ? 0 : panels.blockCodesOffset() + codes;
    }

    /** Bytes that fill a panel up which is a dense one of fewer inputs, to whole tiles. */
    private long paddingBytes(long liveQuads) {
        return isCompact() ? Math.floorMod(-liveQuads, 16L) * codeBytes(QUAD_LINE) : 0;
    }

    /** Offset of panel {@code panel}, or of the end of the last. */
    public long panelOffset(MemorySegment bytes, int panel) {
        return bytes.get(OFFSET, (long) panel * Long.BYTES);
    }

    private static long align(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
