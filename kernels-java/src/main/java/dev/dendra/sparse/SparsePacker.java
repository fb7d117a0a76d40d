// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/** Packs the live blocks of a dense matrix; what is dead is left out, whatever its codes are. */
public final class SparsePacker {
    private final PackedMatrix source;
    private final StoredElements masks;
    private final SparseLayout layout;
    private final PanelLayout panels;
    private final QuadLines codes;

    private SparsePacker(PackedMatrix source, BlockMask live) {
        this.source = source;
        this.masks = new StoredElements(source.layout(), live);
        this.panels = source.layout();
        this.layout = masks.layout();
        this.codes = new QuadLines(panels);
    }

    /** Bytes that a matrix of {@code panels} takes with the live blocks of {@code live}. */
    public static long bytes(PanelLayout panels, BlockMask live) {
        StoredElements masks = new StoredElements(panels, live);
        long bytes = masks.layout().tableBytes() + SparseLayout.TAIL_BYTES;
        for (int panel = 0; panel < panels.panels(); panel++) {
            bytes += masks.panelBytes(panel);
        }
        return bytes;
    }

    /**
     * Packs a matrix.
     *
     * @param dense in u4g32 with minima that are -8 times their scales
     * @param live a mask of its shape
     * @param allocator of the bytes, 64-byte aligned and zeroed
     * @throws IllegalArgumentException if the mask has another shape, the encoding has no patterns, or a minimum is
     *     another
     */
    public static PackedMatrix pack(PackedMatrix dense, BlockMask live, SegmentAllocator allocator) {
        if (dense.pattern().isSparse()) {
            throw new IllegalArgumentException(dense.name() + " is sparse already");
        }
        if (live.rows() != dense.rows() || live.columns() != dense.columns()) {
            throw new IllegalArgumentException(dense.name() + ": a mask of [" + live.rows() + ", " + live.columns()
                    + "] for a matrix of [" + dense.rows() + ", " + dense.columns() + "]");
        }
        return new SparsePacker(dense, live).pack(allocator);
    }

    private PackedMatrix pack(SegmentAllocator allocator) {
        if (panels.encoding() == Encoding.U4G32) {
            checkMinima();
        }
        long[] offsets = new long[panels.panels() + 1];
        offsets[0] = layout.tableBytes();
        for (int panel = 0; panel < panels.panels(); panel++) {
            offsets[panel + 1] = offsets[panel] + masks.panelBytes(panel);
        }
        MemorySegment target = allocator.allocate(offsets[panels.panels()] + SparseLayout.TAIL_BYTES, 64);
        for (int panel = 0; panel <= panels.panels(); panel++) {
            target.set(SparseLayout.OFFSET, (long) panel * Long.BYTES, offsets[panel]);
        }
        for (int panel = 0; panel < panels.panels(); panel++) {
            writePanel(panel, target, offsets[panel]);
        }
        return new PackedMatrix(source.name(), panels, layout.pattern(), target);
    }

    private void checkMinima() {
        for (int n = 0; n < panels.rows(); n++) {
            for (int k = 0; k < panels.columns(); k += 32) {
                long at = n / PanelLayout.PANEL_ROWS * panels.panelBytes()
                        + panels.scalesOffset(k)
                        + n % PanelLayout.PANEL_ROWS * 4L;
                float scale = Float.float16ToFloat(source.segment().get(ValueLayout.JAVA_SHORT, at));
                float minimum = Float.float16ToFloat(source.segment().get(ValueLayout.JAVA_SHORT, at + 2));
                if (minimum != -8 * scale) {
                    throw new IllegalArgumentException(
                            source.name() + ": a pattern of u4g32 needs minima of -8 times the" + " scale, output " + n
                                    + " has " + minimum + " beside " + scale + " at input " + k);
                }
            }
        }
    }

    private void writePanel(int panel, MemorySegment target, long start) {
        long dense = panel * panels.panelBytes();
        long at = start + layout.maskBytes();
        for (int first = 0; first < layout.quads(); first += layout.blockQuads()) {
            long stored = 0;
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                stored |= masks.stored(panel, quad);
                masks.write(panel, quad, target, start);
            }
            if (stored == 0 && layout.dropsDeadBlocks()) {
                continue;
            }
            long scales = panels.blockCodesOffset();
            MemorySegment.copy(source.segment(), dense + panels.scalesOffset(4 * first), target, at, scales);
            at += scales;
            if (layout.pattern() == Pattern.TILES && panels.encoding().groupSize() > 0) {
                long blockCodes = panels.blockBytes() - scales;
                MemorySegment.copy(source.segment(), dense + panels.lineOffset(4 * first), target, at, blockCodes);
                at += blockCodes;
                continue;
            }
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                long elements = masks.stored(panel, quad);
                writeCodes(panel, dense, quad, elements, target, at);
                at += layout.codeBytes(Long.bitCount(elements));
            }
        }
    }

    private void writeCodes(int panel, long dense, int quad, long elements, MemorySegment target, long at) {
        long inside = masks.inside(panel, quad);
        int index = 0;
        for (long left = elements; left != 0; left &= left - 1) {
            int element = Long.numberOfTrailingZeros(left);
            boolean lives = (inside >>> element & 1) != 0;
            int value = lives ? codes.get(source.segment(), dense, quad, element) : 0;
            switch (layout.codeBits()) {
                case 16 -> target.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + index * 2L, (short) value);
                case 8 -> target.set(ValueLayout.JAVA_BYTE, at + index, (byte) value);
                default -> {
                    byte other = target.get(ValueLayout.JAVA_BYTE, at + index / 2);
                    target.set(
                            ValueLayout.JAVA_BYTE, at + index / 2, (byte) (other | ((value & 0xf) << (index % 2 * 4))));
                }
            }
            index++;
        }
    }
}
