// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import org.jspecify.annotations.Nullable;

/**
 * The KV blocks. A block is free, or held by the sequences that count as its references, or idle: held by none, but kept
 * with its contents until its place is needed ({@link IdleBlocks}). Full blocks can be {@linkplain #list listed} by what
 * they hold, so that sequences with the same beginning share them.
 *
 * <p>Owned by the scheduler thread; only {@link #used()} may be read by others.
 */
final class BlockPool {
    /** Instead of a block. */
    static final int NONE = -1;

    private final int total;
    private final int[] free;
    private final int[] references;
    private final @Nullable CacheShare[] owners;
    private final PrefixIndex index;
    private final IdleBlocks idle;
    private int freeCount;
    private int evictions;
    private volatile int used;

    BlockPool(int total) {
        this.total = total;
        this.free = new int[total];
        this.references = new int[total];
        this.owners = new CacheShare[total];
        this.index = new PrefixIndex(total);
        this.idle = new IdleBlocks(total);
        for (int i = 0; i < total; i++) {
            free[i] = total - 1 - i;
        }
        this.freeCount = total;
    }

    /** Blocks that hold {@code tokens} tokens. */
    static int blocksFor(int tokens) {
        return Math.ceilDiv(tokens, KvLayout.BLOCK_TOKENS);
    }

    /** Time by which tenants count as silent. */
    void setTime(long nanos) {
        idle.setTime(nanos);
    }

    int total() {
        return total;
    }

    /** Blocks that {@link #take} would give a tenant now. */
    int available(CacheShare share) {
        return freeCount + idle.evictable(share);
    }

    /** Blocks that no sequence holds. */
    int unused() {
        return freeCount + idle.count();
    }

    /** Blocks that a tenant has beyond the part that it is guaranteed; negative if it has less. */
    int excess(CacheShare share) {
        return share.held() - idle.guaranteed(share);
    }

    /** A block with one reference, for a tenant; {@link #NONE} if that is beyond its part and nothing is free. */
    int take(CacheShare share) {
        return freeCount > 0 || evict(idle.victim(share)) ? takeFree(share) : NONE;
    }

    /** As {@link #take}, but at the cost of whoever has cached something; {@link #NONE} if nobody has. */
    int takeFromAnyone(CacheShare share) {
        return freeCount > 0 || evict(idle.anyVictim()) ? takeFree(share) : NONE;
    }

    /** Adds a reference to a block that is held or idle. */
    void retain(int block) {
        CacheShare owner = owner(block);
        if (references[block]++ == 0) {
            idle.remove(block, owner);
            countUsed();
        }
    }

    /**
     * Takes a reference away. With the last one the block becomes idle if it is listed, else free.
     *
     * @throws IllegalStateException if the block has no reference
     */
    void release(int block) {
        CacheShare owner = owner(block);
        if (references[block] == 0) {
            throw new IllegalStateException("KV block " + block + " was returned twice");
        }
        if (--references[block] > 0) {
            return;
        }
        if (index.contains(block)) {
            idle.add(block, owner);
        } else {
            free(block, owner);
        }
        countUsed();
    }

    /** Whether the contents may change without anybody noticing but the one holder. */
    boolean isWritable(int block) {
        return references[block] == 1 && !index.contains(block);
    }

    /** The block that holds what a digest stands for, or {@link #NONE}; its references stay as they are. */
    int find(PrefixDigests digests, int block) {
        return index.find(digests.words(), PrefixDigests.at(block));
    }

    /** Lets others find a held, full block by its digest, unless another block has the same contents. */
    void list(int block, PrefixDigests digests, int blockOfSequence) {
        index.add(block, digests.words(), PrefixDigests.at(blockOfSequence));
    }

    /** Idle blocks that were given to others since the last call. */
    int takeEvictions() {
        int count = evictions;
        evictions = 0;
        return count;
    }

    /** Blocks that sequences hold. Any thread. */
    int used() {
        return used;
    }

    /** References of a block. */
    int references(int block) {
        return references[block];
    }

    /** Whether a block is kept for its contents while nobody holds it. */
    boolean isIdle(int block) {
        return references[block] == 0 && owners[block] != null;
    }

    /** Whether a block can be found by its contents. */
    boolean isListed(int block) {
        return index.contains(block);
    }

    /** Blocks without contents. */
    int free() {
        return freeCount;
    }

    private boolean evict(@Nullable CacheShare victim) {
        if (victim == null) {
            return false;
        }
        int block = victim.oldest();
        idle.remove(block, victim);
        index.remove(block);
        free(block, victim);
        evictions++;
        return true;
    }

    private void free(int block, CacheShare owner) {
        owners[block] = null;
        idle.letGo(owner);
        free[freeCount++] = block;
    }

    private int takeFree(CacheShare share) {
        int block = free[--freeCount];
        references[block] = 1;
        owners[block] = share;
        idle.hold(share);
        countUsed();
        return block;
    }

    private CacheShare owner(int block) {
        CacheShare owner = owners[block];
        if (owner == null) {
            throw new IllegalStateException("KV block " + block + " is free");
        }
        return owner;
    }

    private void countUsed() {
        used = total - freeCount - idle.count();
    }
}
