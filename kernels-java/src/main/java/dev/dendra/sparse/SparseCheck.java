// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;

/**
 * Checks the offsets and masks of a sparse matrix, on which kernels rely to stay inside of it: everything but codes and
 * scales, which may be any.
 */
public final class SparseCheck {
    private final SparseLayout layout;
    private final MemorySegment bytes;
    private final PanelMasks masks;
    private final long end;

    private SparseCheck(PackedMatrix matrix) {
        layout = SparseLayout.of(matrix);
        bytes = matrix.segment();
        masks = new PanelMasks(layout);
        end = bytes.byteSize() - SparseLayout.TAIL_BYTES;
    }

    /**
     * Checks a matrix and counts its live weights.
     *
     * @param matrix a sparse one, whose segment is exactly its bytes
     * @return weights of the matrix that live
     * @throws IllegalArgumentException naming what is wrong with it
     */
    public static long liveWeights(PackedMatrix matrix) {
        return new SparseCheck(matrix).run();
    }

    private long run() {
        if (bytes.byteSize() < layout.leastBytes()) {
            throw new IllegalArgumentException(
                    "is cut short: " + bytes.byteSize() + " bytes, at least " + layout.leastBytes() + " are needed");
        }
        int panels = layout.panels().panels();
        long expected = layout.tableBytes();
        long live = 0;
        for (int panel = 0; panel < panels; panel++) {
            long offset = layout.panelOffset(bytes, panel);
            if (offset != expected) {
                throw new IllegalArgumentException(
                        "panel " + panel + " is said to start at " + offset + ", not at " + expected);
            }
            if (end - offset < layout.maskBytes()) {
                throw new IllegalArgumentException("panel " + panel + " is cut short");
            }
            masks.read(bytes, offset);
            live += checkMasks(panel);
            long size = masks.panelBytes();
            if (end - offset < size) {
                throw new IllegalArgumentException("panel " + panel + " is cut short: its masks ask for " + size
                        + " bytes, there are " + (end - offset));
            }
            expected = offset + size;
        }
        if (layout.panelOffset(bytes, panels) != expected || expected != end) {
            throw new IllegalArgumentException("the panels end at " + expected + ", are said to end at "
                    + layout.panelOffset(bytes, panels) + ", and there is room to " + end);
        }
        return live;
    }

    /** Dead padding; returns the count of live codes. */
    private long checkMasks(int panel) {
        if (!masks.isPaddingClear()) {
            throw new IllegalArgumentException("panel " + panel + " has masks of more inputs than the matrix");
        }
        int outputs = Math.min(layout.panels().rows() - panel * PanelLayout.PANEL_ROWS, PanelLayout.PANEL_ROWS);
        long live = 0;
        for (int quad = 0; quad < layout.quads(); quad++) {
            int inputs = Math.clamp(layout.panels().columns() - 4L * quad, 0, 4);
            if (outputs == PanelLayout.PANEL_ROWS && inputs == 4) {
                live += masks.liveCount(quad);
            } else {
                live += checkEdge(panel, quad, outputs, inputs);
            }
        }
        return live;
    }

    private int checkEdge(int panel, int quad, int outputs, int inputs) {
        long elements = masks.elements(quad);
        if ((elements & ~elements(storedOutputs(outputs), storedInputs(quad, inputs))) != 0) {
            throw new IllegalArgumentException("panel " + panel + " has live codes outside of the matrix, at inputs "
                    + 4 * quad + " to " + (4 * quad + 3));
        }
        return Long.bitCount(elements & elements(outputs, inputs));
    }

    /** Outputs that may be stored: those that a block has beyond the last one too. */
    private int storedOutputs(int outputs) {
        return layout.pattern().blockRows() == 1 ? outputs : PanelLayout.PANEL_ROWS;
    }

    /** Inputs of a quad-line that may be stored: those that a block has beyond the last one too. */
    private int storedInputs(int quad, int inputs) {
        int block = layout.pattern().blockColumns();
        boolean reaches =
                block > 1 && 4 * quad / block * block < layout.panels().columns();
        return reaches ? 4 : inputs;
    }

    /** The first outputs and inputs of a quad-line. */
    private long elements(int outputs, int inputs) {
        long elements = 0;
        for (int n = 0; n < outputs; n++) {
            for (int k = 0; k < inputs; k++) {
                elements |= 1L << layout.element(n, k);
            }
        }
        return elements;
    }
}
