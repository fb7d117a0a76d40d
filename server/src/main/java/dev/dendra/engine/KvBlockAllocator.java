// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import java.util.BitSet;

/**
 * The free KV blocks. A sequence takes all blocks it can ever need when it is admitted and returns them when it ends,
 * so a sequence in progress never runs out and none has to be pre-empted.
 *
 * <p>Owned by the scheduler thread; only {@link #used()} may be read by others.
 */
final class KvBlockAllocator {
    private final int total;
    private final int[] free;
    private final BitSet taken;
    private volatile int freeCount;

    KvBlockAllocator(int total) {
        this.total = total;
        this.free = new int[total];
        this.taken = new BitSet(total);
        for (int i = 0; i < total; i++) {
            free[i] = total - 1 - i;
        }
        this.freeCount = total;
    }

    /** Blocks that hold {@code tokens} tokens. */
    static int blocksFor(int tokens) {
        return Math.ceilDiv(tokens, KvLayout.BLOCK_TOKENS);
    }

    boolean canAllocate(int count) {
        return count <= freeCount;
    }

    /**
     * Takes blocks.
     *
     * @throws IllegalStateException if fewer than {@code count} are free
     */
    int[] allocate(int count) {
        if (!canAllocate(count)) {
            throw new IllegalStateException(count + " KV blocks wanted, " + freeCount + " free");
        }
        int[] blocks = new int[count];
        int left = freeCount;
        for (int i = 0; i < count; i++) {
            blocks[i] = free[--left];
            taken.set(blocks[i]);
        }
        freeCount = left;
        return blocks;
    }

    /**
     * Returns blocks.
     *
     * @throws IllegalStateException if one of them is not taken
     */
    void release(int[] blocks) {
        int left = freeCount;
        for (int block : blocks) {
            if (!taken.get(block)) {
                throw new IllegalStateException("KV block " + block + " was returned twice");
            }
            taken.clear(block);
            free[left++] = block;
        }
        freeCount = left;
    }

    /** Blocks in use. Any thread. */
    int used() {
        return total - freeCount;
    }
}
