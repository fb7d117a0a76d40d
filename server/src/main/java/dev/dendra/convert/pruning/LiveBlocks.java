// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.sparse.BlockMask;
import dev.dendra.tensor.Pattern;

/** A mask in the making; rows of blocks may be written by different threads, which those of a {@link BlockMask} may not. */
final class LiveBlocks {
    private final Pattern pattern;
    private final int rows;
    private final int columns;
    private final boolean[][] live;

    LiveBlocks(Pattern pattern, int rows, int columns) {
        this.pattern = pattern;
        this.rows = rows;
        this.columns = columns;
        this.live = new boolean[Math.ceilDiv(rows, pattern.blockRows())][Math.ceilDiv(columns, pattern.blockColumns())];
    }

    static LiveBlocks of(BlockMask mask) {
        LiveBlocks blocks = new LiveBlocks(mask.pattern(), mask.rows(), mask.columns());
        for (int i = 0; i < blocks.live.length; i++) {
            for (int j = 0; j < blocks.live[i].length; j++) {
                blocks.live[i][j] = mask.isLive(i, j);
            }
        }
        return blocks;
    }

    Pattern pattern() {
        return pattern;
    }

    int rowBlocks() {
        return live.length;
    }

    int columnBlocks() {
        return live[0].length;
    }

    /** Which blocks of a row of blocks live. */
    boolean[] row(int rowBlock) {
        return live[rowBlock];
    }

    /** Which weights of an output live. */
    void weights(int n, boolean[] target) {
        boolean[] blocks = live[n / pattern.blockRows()];
        for (int k = 0; k < columns; k++) {
            target[k] = blocks[k / pattern.blockColumns()];
        }
    }

    BlockMask mask() {
        BlockMask mask = new BlockMask(pattern, rows, columns);
        for (int i = 0; i < live.length; i++) {
            for (int j = 0; j < live[i].length; j++) {
                mask.set(i, j, live[i][j]);
            }
        }
        return mask;
    }
}
