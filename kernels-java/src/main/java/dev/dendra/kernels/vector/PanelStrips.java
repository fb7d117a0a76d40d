// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;

import dev.dendra.tensor.PanelLayout;

/**
 * Panels cut into strips: as many outputs as a vector has 32-bit lanes. A strip of width 16 is a panel, of width 8 half
 * of one. Strips are numbered through the matrix; strip {@code s} holds outputs {@code s * LANES ..}.
 */
final class PanelStrips {
    /** Strips in a panel. */
    static final int PER_PANEL = PanelLayout.PANEL_ROWS / LANES;

    private PanelStrips() {}

    /** Byte offset of a strip's first code in the matrix. */
    static long codes(PanelLayout layout, int strip) {
        return strip / PER_PANEL * layout.panelBytes() + lane(strip) * 4L;
    }

    /**
     * Byte offset of a strip's first scale in the matrix.
     *
     * @param scaleBytes bytes of scales that an output has in one group
     */
    static long scales(PanelLayout layout, int strip, int scaleBytes) {
        return strip / PER_PANEL * layout.panelBytes() + layout.scalesOffset() + (long) lane(strip) * scaleBytes;
    }

    /** Output inside the panel with which a strip begins. */
    static int lane(int strip) {
        return strip % PER_PANEL * LANES;
    }

    /** Byte offset of a strip's outputs in a row of single-precision results. */
    static long outputs(int strip) {
        return (long) strip * LANES * Float.BYTES;
    }
}
