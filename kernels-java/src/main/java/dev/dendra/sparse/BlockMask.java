// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.Pattern;
import java.util.BitSet;

/** Which blocks of a matrix {@code [N, K]} live, in the shape of a pattern; a matrix's edge may cut blocks short. */
public final class BlockMask {
    private final Pattern pattern;
    private final int rows;
    private final int columns;
    private final int columnBlocks;
    private final BitSet live;

    /**
     * A mask without live blocks.
     *
     * @param pattern a sparse one
     * @param rows outputs N
     * @param columns inputs K
     */
    public BlockMask(Pattern pattern, int rows, int columns) {
        if (!pattern.isSparse()) {
            throw new IllegalArgumentException("a dense matrix has no mask");
        }
        this.pattern = pattern;
        this.rows = rows;
        this.columns = columns;
        this.columnBlocks = blocks(columns, pattern.blockColumns());
        this.live = new BitSet(Math.multiplyExact(rowBlocks(), columnBlocks));
    }

    private static int blocks(int elements, int size) {
        return Math.ceilDiv(elements, size);
    }

    /** The shape of a block. */
    public Pattern pattern() {
        return pattern;
    }

    /** Outputs N. */
    public int rows() {
        return rows;
    }

    /** Inputs K. */
    public int columns() {
        return columns;
    }

    /** Blocks from the first output to the last. */
    public int rowBlocks() {
        return blocks(rows, pattern.blockRows());
    }

    /** Blocks from the first input to the last. */
    public int columnBlocks() {
        return columnBlocks;
    }

    /** Whether a block lives. */
    public boolean isLive(int rowBlock, int columnBlock) {
        return live.get(rowBlock * columnBlocks + columnBlock);
    }

    /** Lets a block live, or not. */
    public void set(int rowBlock, int columnBlock, boolean lives) {
        live.set(rowBlock * columnBlocks + columnBlock, lives);
    }

    /** Whether the block of output {@code n} and input {@code k} lives; false outside of the matrix. */
    public boolean isLiveWeight(int n, int k) {
        return n < rows && k < columns && isLive(n / pattern.blockRows(), k / pattern.blockColumns());
    }

    /** Live weights among all weights, 0 to 1; what an edge cuts off a block does not count. */
    public double density() {
        long weights = 0;
        for (int bit = live.nextSetBit(0); bit >= 0; bit = live.nextSetBit(bit + 1)) {
            int height = Math.min(pattern.blockRows(), rows - bit / columnBlocks * pattern.blockRows());
            int width = Math.min(pattern.blockColumns(), columns - bit % columnBlocks * pattern.blockColumns());
            weights += (long) height * width;
        }
        return (double) weights / ((double) rows * columns);
    }
}
