// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.platform.MemoryInfo;

/**
 * Type and size of a KV cache. At most one of {@code blocks} and {@code memoryBytes} is given; with neither, the cache
 * holds {@code fullContexts} sequences of the longest kind, but takes at most a quarter of the available memory.
 *
 * @param type of keys and values
 * @param blocks exactly so many; 0 leaves it to the others
 * @param memoryBytes as many blocks as fit; 0 leaves it to {@code fullContexts}
 * @param fullContexts from 1
 */
public record KvCacheOptions(KvType type, int blocks, long memoryBytes, int fullContexts) {
    private static final int MEMORY_SHARE = 4;

    /** All tokens of the cache can be counted in 32 bits. */
    private static final int MOST_BLOCKS = Integer.MAX_VALUE / KvLayout.BLOCK_TOKENS;

    /** Checks the ranges. */
    public KvCacheOptions {
        if (blocks < 0 || memoryBytes < 0 || fullContexts < 1 || (blocks > 0 && memoryBytes > 0)) {
            throw new IllegalArgumentException("no KV cache options: blocks " + blocks + ", bytes " + memoryBytes
                    + ", full contexts " + fullContexts);
        }
    }

    /** A cache of {@code blocks}, from 1. */
    public static KvCacheOptions ofBlocks(KvType type, int blocks) {
        if (blocks < 1) {
            throw new IllegalArgumentException("no KV cache of " + blocks + " blocks");
        }
        return new KvCacheOptions(type, blocks, 0, 1);
    }

    /** A cache of at most {@code bytes}, from 1. */
    public static KvCacheOptions ofMemory(KvType type, long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("no KV cache of " + bytes + " bytes");
        }
        return new KvCacheOptions(type, 0, bytes, 1);
    }

    /** A cache for {@code sequences} full contexts, if a quarter of the available memory holds so many. */
    public static KvCacheOptions automatic(KvType type, int sequences) {
        return new KvCacheOptions(type, 0, 0, sequences);
    }

    /**
     * The cache of a model.
     *
     * @param contextLength most tokens of a sequence
     * @param memory of this machine
     * @throws IllegalArgumentException if {@code memoryBytes} is less than a block, or the available memory less than
     *     what was asked for
     */
    public KvLayout layout(ModelConfig config, int contextLength, MemoryInfo memory) {
        long blockBytes = layout(config, 1).bytes();
        long available = Math.min(memory.availableBytes(), memory.ceilingBytes());
        if (blocks > 0) {
            return layout(config, blocks);
        }
        if (memoryBytes > 0) {
            if (memoryBytes < blockBytes) {
                throw new IllegalArgumentException("a KV cache of " + memoryBytes + " bytes holds nothing: a block of "
                        + KvLayout.BLOCK_TOKENS + " tokens takes " + blockBytes + " in " + type.id());
            }
            if (memoryBytes > available) {
                throw new IllegalArgumentException("a KV cache of " + memoryBytes + " bytes is more than the "
                        + available + " that are available");
            }
            return layout(config, (int) Math.min(memoryBytes / blockBytes, MOST_BLOCKS));
        }
        long context = Math.ceilDiv(contextLength, KvLayout.BLOCK_TOKENS);
        long affordable = available / MEMORY_SHARE / blockBytes;
        long wanted = Math.min(fullContexts * context, MOST_BLOCKS);
        return layout(config, (int) Math.clamp(affordable, 1, wanted));
    }

    private KvLayout layout(ModelConfig config, int count) {
        return new KvLayout(type, config.layers(), config.kvHeads(), config.headDimension(), count);
    }
}
