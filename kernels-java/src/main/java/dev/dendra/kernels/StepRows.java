// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the rows of a step are, off-heap so that every kernel can read it: for each row its token, its position in its
 * sequence and where the block table of that sequence starts. Rows of one sequence are neighbours, positions ascending.
 *
 * <p>A block table lists the KV blocks of a sequence in order: position {@code p} lies in entry {@code p / 32}, slot
 * {@code p % 32}. Tables of all sequences of the step share one array.
 */
public final class StepRows {
    private final int capacity;
    private final int tableCapacity;
    private final MemorySegment tokens;
    private final MemorySegment positions;
    private final MemorySegment tableStarts;
    private final MemorySegment blockTables;

    /**
     * Room for a step.
     *
     * @param arena lifetime
     * @param capacity most rows of a step
     * @param tableCapacity most entries of all block tables of a step together
     */
    public StepRows(Arena arena, int capacity, int tableCapacity) {
        this.capacity = capacity;
        this.tableCapacity = tableCapacity;
        this.tokens = OffHeap.allocate(arena, (long) capacity * Integer.BYTES);
        this.positions = OffHeap.allocate(arena, (long) capacity * Integer.BYTES);
        this.tableStarts = OffHeap.allocate(arena, (long) capacity * Integer.BYTES);
        this.blockTables = OffHeap.allocate(arena, (long) tableCapacity * Integer.BYTES);
    }

    /** Most rows of a step. */
    public int capacity() {
        return capacity;
    }

    /** Most block-table entries of a step. */
    public int tableCapacity() {
        return tableCapacity;
    }

    /** int32 {@code [capacity]}: token ids. */
    public MemorySegment tokens() {
        return tokens;
    }

    /** int32 {@code [capacity]}: positions, from 0. */
    public MemorySegment positions() {
        return positions;
    }

    /** int32 {@code [capacity]}: index into {@link #blockTables()} of the row's sequence. */
    public MemorySegment tableStarts() {
        return tableStarts;
    }

    /** int32: block numbers. */
    public MemorySegment blockTables() {
        return blockTables;
    }

    /** Describes row {@code row}. */
    public void setRow(int row, int token, int position, int tableStart) {
        tokens.setAtIndex(ValueLayout.JAVA_INT, row, token);
        positions.setAtIndex(ValueLayout.JAVA_INT, row, position);
        tableStarts.setAtIndex(ValueLayout.JAVA_INT, row, tableStart);
    }

    /** Sets entry {@code index} of the shared block-table array. */
    public void setBlock(int index, int block) {
        blockTables.setAtIndex(ValueLayout.JAVA_INT, index, block);
    }

    /** Token of a row. */
    public int token(int row) {
        return tokens.getAtIndex(ValueLayout.JAVA_INT, row);
    }

    /** Position of a row. */
    public int position(int row) {
        return positions.getAtIndex(ValueLayout.JAVA_INT, row);
    }

    /** First block-table entry of a row's sequence. */
    public int tableStart(int row) {
        return tableStarts.getAtIndex(ValueLayout.JAVA_INT, row);
    }

    /** Block number in entry {@code index}. */
    public int block(int index) {
        return blockTables.getAtIndex(ValueLayout.JAVA_INT, index);
    }
}
