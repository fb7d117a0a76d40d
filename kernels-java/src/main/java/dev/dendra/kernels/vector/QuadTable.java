// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.BYTES;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.LANES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * For each mask of a register's lanes, which element of a packed register goes to each: lane numbers, negative where the
 * lane stays zero. 8 KiB at 256 bits, 256 bytes at 128; at 512 bits, where lanes are expanded by one instruction, empty.
 */
final class QuadTable {
    /** Whether lanes are looked up rather than expanded. */
    static final boolean USED = LANES < 16;

    /** Native memory; a mask's entry is at {@code mask * BYTES}. */
    static final MemorySegment SEGMENT = build();

    private QuadTable() {}

    private static MemorySegment build() {
        int masks = USED ? 1 << LANES : 0;
        MemorySegment table = Arena.global().allocate((long) masks * BYTES, BYTES);
        for (int mask = 0; mask < masks; mask++) {
            int next = 0;
            for (int lane = 0; lane < LANES; lane++) {
                boolean lives = (mask >> lane & 1) != 0;
                table.setAtIndex(ValueLayout.JAVA_INT, (long) mask * LANES + lane, lives ? next++ : Integer.MIN_VALUE);
            }
        }
        return table;
    }
}
