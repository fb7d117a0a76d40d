// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;

/** What expanded blocks have besides codes: their scales, and the offset of u4g32's codes. */
final class ScaleLines {
    /** Turns signed nibbles into unsigned ones, eight at a time. */
    static final int SIGNS = 0x88888888;

    private ScaleLines() {}

    /** Copies a line. */
    static void copy(MemorySegment w, long from, MemorySegment scratch, long to) {
        for (long i = 0; i < PanelLayout.LINE_BYTES; i += BYTES) {
            loadInts(w, from + i).intoMemorySegment(scratch, to + i, ORDER);
        }
    }
}
