// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Arrays;

/** The KV blocks of a sequence in the order of the positions in them. Allocates only when it grows. */
final class BlockTable {
    private int[] blocks = {};
    private int size;

    int size() {
        return size;
    }

    int get(int index) {
        return blocks[index];
    }

    void set(int index, int block) {
        blocks[index] = block;
    }

    void add(int block) {
        if (size == blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(8, 2 * size));
        }
        blocks[size++] = block;
    }

    /** Shares all blocks of {@code other}. */
    void share(BlockTable other, BlockPool pool) {
        for (int i = 0; i < other.size; i++) {
            pool.retain(other.blocks[i]);
            add(other.blocks[i]);
        }
    }

    /** Gives up all blocks. */
    void releaseAll(BlockPool pool) {
        releaseFrom(0, pool);
    }

    /** Gives up all blocks but the first; the last goes first, so that of a cached prefix the beginning outlives the end. */
    void releaseFrom(int kept, BlockPool pool) {
        while (size > kept) {
            pool.release(blocks[--size]);
        }
    }
}
