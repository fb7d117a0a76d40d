// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;

import dev.dendra.tensor.PanelLayout;

/**
 * Panels cut into strips: as many outputs as a vector has 32-bit lanes. A strip of width 16 is a panel, of width 8 half
 * of one. Strips are numbered through the matrix; strip {@code s} holds outputs {@code s * LANES ..}, and its part of
 * every line, of scales or of codes, lies where the line of the panel lies, plus what {@link #offset} begins with.
 */
final class PanelStrips {
    /** Strips in a panel. */
    static final int PER_PANEL = PanelLayout.PANEL_ROWS / LANES;

    private PanelStrips() {}

    /** Byte offset in the matrix of a strip's part of the first line of its panel. */
    static long offset(PanelLayout layout, int strip) {
        return strip / PER_PANEL * layout.panelBytes() + strip % PER_PANEL * (long) BYTES;
    }

    /** Byte offset of a strip's outputs in a row of single-precision results. */
    static long outputs(int strip) {
        return (long) strip * LANES * Float.BYTES;
    }
}
