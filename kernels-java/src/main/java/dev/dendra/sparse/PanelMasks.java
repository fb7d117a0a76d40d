// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The masks of one panel after the other, from the bytes of a sparse matrix. */
public final class PanelMasks {
    private final SparseLayout layout;

    /** Copied at once, since a start-up reads all masks before anything is compiled. */
    private final long[] words;

    /** Of matrices of {@code layout}, before any has been read. */
    public PanelMasks(SparseLayout layout) {
        this.layout = layout;
        this.words = new long[(int) (layout.maskBytes() / Long.BYTES)];
    }

    /**
     * Reads the masks of a panel.
     *
     * @param bytes of the matrix
     * @param panel offset of the panel
     */
    public void read(MemorySegment bytes, long panel) {
        MemorySegment.copy(bytes, ValueLayout.JAVA_LONG, panel, words, 0, words.length);
    }

    /** The codes of a quad-line that live, one bit an {@link SparseLayout#element}. */
    public long elements(int quad) {
        return switch (layout.pattern()) {
            case UNSTRUCTURED -> words[quad];
            case QUADS -> spread(quads(quad));
            case LINES -> isSet(quad) ? -1 : 0;
            case TILES -> isSet(quad / 16) ? -1 : 0;
            case DENSE -> throw new AssertionError(layout);
        };
    }

    /** How many codes of a quad-line live. */
    public int liveCount(int quad) {
        return switch (layout.pattern()) {
            case QUADS -> 4 * Integer.bitCount(quads(quad));
            default -> Long.bitCount(elements(quad));
        };
    }

    /** Bytes of the panel, masks included. */
    public long panelBytes() {
        return layout.panelBytes(this::liveCount);
    }

    /** Whether what fills the masks up is zero. */
    boolean isPaddingClear() {
        int bits = Math.toIntExact(layout.maskBits());
        for (int word = bits / Long.SIZE; word < words.length; word++) {
            int used = Math.max(bits - word * Long.SIZE, 0);
            if (words[word] >>> used != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean isSet(int bit) {
        return (words[bit / Long.SIZE] >>> bit & 1) != 0;
    }

    /** The live quads of a quad-line, one bit an output. */
    private int quads(int quad) {
        return (int) (words[quad / 4] >>> (quad % 4 * 16)) & 0xffff;
    }

    /** The elements of live quads. */
    private long spread(int quads) {
        long elements = 0;
        for (int n = 0; n < PanelLayout.PANEL_ROWS; n++) {
            if ((quads >> n & 1) != 0) {
                for (int k = 0; k < 4; k++) {
                    elements |= 1L << layout.element(n, k);
                }
            }
        }
        return elements;
    }
}
