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
    private final BlockMask live;
    private final SparseLayout layout;
    private final PanelLayout panels;
    private final QuadLines codes;

    private SparsePacker(PackedMatrix source, BlockMask live) {
        this.source = source;
        this.live = live;
        this.panels = source.layout();
        this.layout = new SparseLayout(panels, live.pattern());
        this.codes = new QuadLines(panels);
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
            offsets[panel + 1] = offsets[panel] + panelBytes(panel);
        }
        long end = offsets[panels.panels()];
        MemorySegment target = allocator.allocate(end + SparseLayout.TAIL_BYTES, 64);
        for (int panel = 0; panel <= panels.panels(); panel++) {
            target.set(SparseLayout.OFFSET, (long) panel * Long.BYTES, offsets[panel]);
        }
        for (int panel = 0; panel < panels.panels(); panel++) {
            writePanel(panel, target, offsets[panel]);
        }
        return new PackedMatrix(source.name(), panels, live.pattern(), target);
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

    private long panelBytes(int panel) {
        long bytes = layout.maskBytes();
        long liveQuads = 0;
        for (int first = 0; first < layout.quads(); first += layout.blockQuads()) {
            long stored = 0;
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                int count = Long.bitCount(stored(panel, quad));
                stored += layout.codeBytes(count);
                liveQuads += count > 0 ? 1 : 0;
            }
            if (stored > 0 || !layout.dropsDeadBlocks()) {
                bytes += panels.blockCodesOffset() + stored;
            }
        }
        if (layout.isCompact() && !layout.dropsDeadBlocks()) {
            bytes += (Math.ceilDiv(liveQuads, 16L) * 16 - liveQuads) * layout.codeBytes(SparseLayout.QUAD_LINE);
        }
        return SparseLayout.align(bytes);
    }

    /** Elements of a quad-line that are stored: all of a live block, whatever of it lies beyond the matrix's edge. */
    private long stored(int panel, int quad) {
        return switch (live.pattern()) {
            case LINES, TILES -> {
                int block = 4 * quad / live.pattern().blockColumns();
                yield block < live.columnBlocks() && live.isLive(panel, block) ? -1 : 0;
            }
            case QUADS -> elements((n, j) -> live.isLiveWeight(panel * PanelLayout.PANEL_ROWS + n, quad * 4));
            case UNSTRUCTURED -> inside(panel, quad);
            case DENSE -> throw new AssertionError();
        };
    }

    /** Elements of a quad-line that live and are weights of the matrix. */
    private long inside(int panel, int quad) {
        return elements((n, j) -> live.isLiveWeight(panel * PanelLayout.PANEL_ROWS + n, quad * 4 + j));
    }

    /** A code of a quad-line: output of the panel, input of the quad. */
    @FunctionalInterface
    private interface Place {
        boolean lives(int n, int j);
    }

    private long elements(Place place) {
        long elements = 0;
        for (int n = 0; n < PanelLayout.PANEL_ROWS; n++) {
            for (int j = 0; j < 4; j++) {
                if (place.lives(n, j)) {
                    elements |= 1L << layout.element(n, j);
                }
            }
        }
        return elements;
    }

    private void writePanel(int panel, MemorySegment target, long start) {
        long dense = panel * panels.panelBytes();
        long at = start + layout.maskBytes();
        for (int first = 0; first < layout.quads(); first += layout.blockQuads()) {
            long stored = 0;
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                long elements = stored(panel, quad);
                writeMask(panel, quad, elements, target, start);
                stored |= elements;
            }
            if (stored == 0 && layout.dropsDeadBlocks()) {
                continue;
            }
            long scales = panels.blockCodesOffset();
            MemorySegment.copy(source.segment(), dense + panels.scalesOffset(4 * first), target, at, scales);
            at += scales;
            if (live.pattern() == Pattern.TILES && panels.encoding().groupSize() > 0) {
                long blockCodes = panels.blockBytes() - scales;
                MemorySegment.copy(source.segment(), dense + panels.lineOffset(4 * first), target, at, blockCodes);
                at += blockCodes;
                continue;
            }
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                long elements = stored(panel, quad);
                writeCodes(panel, dense, quad, elements, target, at);
                at += layout.codeBytes(Long.bitCount(elements));
            }
        }
    }

    private void writeMask(int panel, int quad, long elements, MemorySegment target, long start) {
        switch (live.pattern()) {
            case UNSTRUCTURED -> target.set(ValueLayout.JAVA_LONG, start + quad * 8L, elements);
            case QUADS -> {
                int quads = 0;
                for (int n = 0; n < PanelLayout.PANEL_ROWS; n++) {
                    quads |= live.isLiveWeight(panel * PanelLayout.PANEL_ROWS + n, quad * 4) ? 1 << n : 0;
                }
                target.set(ValueLayout.JAVA_SHORT, start + quad * 2L, (short) quads);
            }
            case LINES -> setBit(target, start, quad, elements != 0);
            case TILES -> setBit(target, start, quad / 16, elements != 0);
            case DENSE -> throw new AssertionError();
        }
    }

    private static void setBit(MemorySegment target, long masks, int bit, boolean value) {
        byte others = target.get(ValueLayout.JAVA_BYTE, masks + bit / 8);
        target.set(ValueLayout.JAVA_BYTE, masks + bit / 8, (byte) (others | (value ? 1 << (bit % 8) : 0)));
    }

    private void writeCodes(int panel, long dense, int quad, long elements, MemorySegment target, long at) {
        long inside = inside(panel, quad);
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
