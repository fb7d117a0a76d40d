// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.loadInts;

import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inputs that a 16x4 or 16x64 panel has weights for, as a table in scratch, and activations gathered by it. A unit is
 * what a mask bit stands for: 4 or 64 inputs.
 */
final class LiveInputs {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
    private static final int TILE = PanelLayout.COLUMN_MULTIPLE;

    /** Registers that hold the activations of a tile: floats, and int8 codes. */
    private static final int TILE_FLOATS = TILE * Float.BYTES / BYTES;

    private static final int TILE_CODES = TILE / BYTES;

    private LiveInputs() {}

    /** Writes the numbers of live units; returns how many there are. */
    static int listUnits(MemorySegment w, long masks, int bits, MemorySegment scratch, long table) {
        int count = 0;
        for (int first = 0; first < bits; first += Long.SIZE) {
            for (long left = w.get(LONG, masks + first / 8); left != 0; left &= left - 1) {
                scratch.set(INT, table + count * 4L, first + Long.numberOfTrailingZeros(left));
                count++;
            }
        }
        return count;
    }

    /** Entry {@code i} of a table of units. */
    static int unit(MemorySegment scratch, long table, int i) {
        return scratch.get(INT, table + i * 4L);
    }

    /** Writes where in a row of single precision each live quad of a 16x4 panel begins, in bytes; returns how many. */
    static int listQuads(MemorySegment w, long masks, int bits, MemorySegment scratch, long table) {
        int count = 0;
        for (int first = 0; first < bits; first += Long.SIZE) {
            for (long left = w.get(LONG, masks + first / 8); left != 0; left &= left - 1) {
                scratch.set(INT, table + count * 4L, (first + Long.numberOfTrailingZeros(left)) * 16);
                count++;
            }
        }
        return count;
    }

    /** Gathers a row of single precision. */
    static void gatherFloats(
            Pattern pattern, MemorySegment x, long row, MemorySegment scratch, long table, int units, long to) {
        if (pattern == Pattern.LINES) {
            quadFloats(x, row, scratch, table, units, to);
        } else {
            tileFloats(x, row, scratch, table, units * TILE_FLOATS, to);
        }
    }

    private static void quadFloats(MemorySegment x, long row, MemorySegment scratch, long table, int quads, long to) {
        MemorySegment source = NativeMemory.known(x);
        for (int i = 0; i < quads; i++) {
            long quad = scratch.get(INT, table + i * 4L);
            FloatVector.fromMemorySegment(QUAD, source, row + quad * 16, ORDER)
                    .intoMemorySegment(scratch, to + i * 16L, ORDER);
        }
    }

    private static void tileFloats(
            MemorySegment x, long row, MemorySegment scratch, long table, int registers, long to) {
        MemorySegment source = NativeMemory.known(x);
        for (int i = 0; i < registers; i++) {
            long tile = scratch.get(INT, table + i / TILE_FLOATS * 4L);
            loadInts(source, row + tile * (4 * TILE) + i % TILE_FLOATS * (long) BYTES)
                    .intoMemorySegment(scratch, to + i * (long) BYTES, ORDER);
        }
    }

    /** Gathers a row of int8 codes. */
    static void gatherCodes(
            Pattern pattern, MemorySegment x, long row, MemorySegment scratch, long table, int units, long to) {
        if (pattern == Pattern.LINES) {
            quadCodes(x, row, scratch, table, units, to);
        } else {
            tileCodes(x, row, scratch, table, units * TILE_CODES, to);
        }
    }

    private static void quadCodes(MemorySegment x, long row, MemorySegment scratch, long table, int quads, long to) {
        for (int i = 0; i < quads; i++) {
            long quad = scratch.get(INT, table + i * 4L);
            scratch.set(INT, to + i * 4L, x.get(INT, row + quad * 4));
        }
    }

    private static void tileCodes(
            MemorySegment x, long row, MemorySegment scratch, long table, int registers, long to) {
        MemorySegment source = NativeMemory.known(x);
        for (int i = 0; i < registers; i++) {
            long tile = scratch.get(INT, table + i / TILE_CODES * 4L);
            loadInts(source, row + tile * TILE + i % TILE_CODES * (long) BYTES)
                    .intoMemorySegment(scratch, to + i * (long) BYTES, ORDER);
        }
    }

    /** Gathers what a row has for each of its groups of 32, two of a tile: scales, or sums. */
    static void gatherGroups(MemorySegment perGroup, long row, MemorySegment scratch, long table, int tiles, long to) {
        for (int i = 0; i < tiles; i++) {
            long tile = scratch.get(INT, table + i * 4L);
            scratch.set(LONG, to + i * 8L, perGroup.get(LONG, row + tile * 8));
        }
    }
}
