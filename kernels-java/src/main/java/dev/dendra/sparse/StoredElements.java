// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Which codes of each quad-line are stored under a mask, and how many bytes that makes. */
final class StoredElements {
    private final SparseLayout layout;
    private final BlockMask live;
    /** Of each output and of each input of a quad-line, which elements are theirs. */
    private final long[] ofOutput = new long[PanelLayout.PANEL_ROWS];

    private final long[] ofInput = new long[4];

    StoredElements(PanelLayout panels, BlockMask live) {
        this.layout = new SparseLayout(panels, live.pattern());
        this.live = live;
        for (int n = 0; n < ofOutput.length; n++) {
            for (int j = 0; j < ofInput.length; j++) {
                long element = 1L << layout.element(n, j);
                ofOutput[n] |= element;
                ofInput[j] |= element;
            }
        }
    }

    SparseLayout layout() {
        return layout;
    }

    /** Elements of a quad-line that are stored: all of a live block, whatever of it lies beyond the matrix's edge. */
    long stored(int panel, int quad) {
        return switch (live.pattern()) {
            case LINES, TILES -> {
                int block = 4 * quad / live.pattern().blockColumns();
                yield block < live.columnBlocks() && live.isLive(panel, block) ? -1 : 0;
            }
            case QUADS -> {
                long elements = 0;
                for (int n = 0; n < outputs(panel) && quad < live.columnBlocks(); n++) {
                    elements |= live.isLive(panel * PanelLayout.PANEL_ROWS + n, quad) ? ofOutput[n] : 0;
                }
                yield elements;
            }
            case UNSTRUCTURED -> {
                long elements = 0;
                for (int n = 0; n < outputs(panel); n++) {
                    for (int j = 0; j < inputs(quad); j++) {
                        boolean lives = live.isLive(panel * PanelLayout.PANEL_ROWS + n, 4 * quad + j);
                        elements |= lives ? ofOutput[n] & ofInput[j] : 0;
                    }
                }
                yield elements;
            }
            case DENSE -> throw new AssertionError();
        };
    }

    /** Elements of a quad-line that are stored and are weights of the matrix. */
    long inside(int panel, int quad) {
        long elements = stored(panel, quad);
        for (int n = outputs(panel); n < ofOutput.length; n++) {
            elements &= ~ofOutput[n];
        }
        for (int j = inputs(quad); j < ofInput.length; j++) {
            elements &= ~ofInput[j];
        }
        return elements;
    }

    private int outputs(int panel) {
        return Math.min(live.rows() - panel * PanelLayout.PANEL_ROWS, PanelLayout.PANEL_ROWS);
    }

    private int inputs(int quad) {
        return Math.clamp(live.columns() - 4L * quad, 0, 4);
    }

    /** Bytes of a panel. */
    long panelBytes(int panel) {
        return layout.panelBytes(quad -> Long.bitCount(stored(panel, quad)));
    }

    /** Writes what the mask of a panel says of a quad-line; {@code masks} is where the panel starts. */
    void write(int panel, int quad, MemorySegment target, long masks) {
        long elements = stored(panel, quad);
        switch (live.pattern()) {
            case UNSTRUCTURED -> target.set(ValueLayout.JAVA_LONG, masks + quad * 8L, elements);
            case QUADS -> {
                int quads = 0;
                for (int n = 0; n < ofOutput.length; n++) {
                    quads |= (elements & ofOutput[n]) != 0 ? 1 << n : 0;
                }
                target.set(ValueLayout.JAVA_SHORT, masks + quad * 2L, (short) quads);
            }
            case LINES -> setBit(target, masks, quad, elements != 0);
            case TILES -> setBit(target, masks, quad / 16, elements != 0);
            case DENSE -> throw new AssertionError();
        }
    }

    private static void setBit(MemorySegment target, long masks, int bit, boolean value) {
        byte others = target.get(ValueLayout.JAVA_BYTE, masks + bit / 8);
        target.set(ValueLayout.JAVA_BYTE, masks + bit / 8, (byte) (others | (value ? 1 << (bit % 8) : 0)));
    }
}
