// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What expanded blocks have besides codes: a line of scales before them, and the offset of u4g32's codes. Scales are
 * copied between loops over a block's codes: within them, their place would be one more thing to check for every line.
 */
final class ScaleLines {
    /** Quad-lines of an i8g32 block. */
    static final int I8_QUADS = 16;

    /** Quad-lines of a u4g32 block. */
    static final int U4_QUADS = 8;

    /** Turns signed nibbles into unsigned ones, eight at a time. */
    static final int SIGNS = 0x88888888;

    private static final VectorSpecies<Integer> QUARTER = IntVector.SPECIES_128;
    private static final long LINE = PanelLayout.LINE_BYTES;

    private ScaleLines() {}

    /** Where the i8g32 block that begins with a quad-line lies in an expanded stretch. */
    static long i8Block(int quad) {
        return (quad + quad / I8_QUADS) * LINE;
    }

    /** The same of u4g32, two of whose quad-lines share a line. */
    static long u4Block(int quad) {
        return (quad / 2 + quad / U4_QUADS) * LINE;
    }

    /** Copies a line. */
    static void copy(MemorySegment w, long from, MemorySegment scratch, long to) {
        MemorySegment source = NativeMemory.known(w);
        MemorySegment image = NativeMemory.known(scratch);
        IntVector.fromMemorySegment(QUARTER, source, from, ORDER).intoMemorySegment(image, to, ORDER);
        IntVector.fromMemorySegment(QUARTER, source, from + 16, ORDER).intoMemorySegment(image, to + 16, ORDER);
        IntVector.fromMemorySegment(QUARTER, source, from + 32, ORDER).intoMemorySegment(image, to + 32, ORDER);
        IntVector.fromMemorySegment(QUARTER, source, from + 48, ORDER).intoMemorySegment(image, to + 48, ORDER);
    }

    /** Writes a line of zeros. */
    static void clear(MemorySegment scratch, long to) {
        MemorySegment image = NativeMemory.known(scratch);
        IntVector zero = IntVector.zero(QUARTER);
        zero.intoMemorySegment(image, to, ORDER);
        zero.intoMemorySegment(image, to + 16, ORDER);
        zero.intoMemorySegment(image, to + 32, ORDER);
        zero.intoMemorySegment(image, to + 48, ORDER);
    }
}
