// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Arrays;

/**
 * Finds KV blocks by digest: a hash table with chains through the blocks themselves, so it is allocated once. Digests
 * are compared whole.
 */
final class PrefixIndex {
    private static final int NONE = BlockPool.NONE;
    private static final int NOT_LISTED = -2;

    private final long[] digests;
    private final int[] buckets;
    private final int[] following;

    /** For blocks {@code 0 .. blocks}. */
    PrefixIndex(int blocks) {
        this.digests = new long[blocks * BlockHasher.WORDS];
        this.buckets = new int[Integer.highestOneBit(Math.max(blocks, 1)) * 2];
        this.following = new int[blocks];
        Arrays.fill(buckets, NONE);
        Arrays.fill(following, NOT_LISTED);
    }

    /** The block with the digest that begins at {@code words[at]}, or {@link BlockPool#NONE}. */
    int find(long[] words, int at) {
        int block = buckets[bucket(words, at)];
        while (block != NONE && !matches(block, words, at)) {
            block = following[block];
        }
        return block;
    }

    /** Lists a block; false if another with this digest is there, which then stays the only one. */
    boolean add(int block, long[] words, int at) {
        if (contains(block)) {
            throw new IllegalStateException("KV block " + block + " is listed already");
        }
        if (find(words, at) != NONE) {
            return false;
        }
        System.arraycopy(words, at, digests, block * BlockHasher.WORDS, BlockHasher.WORDS);
        int bucket = bucket(words, at);
        following[block] = buckets[bucket];
        buckets[bucket] = block;
        return true;
    }

    boolean contains(int block) {
        return following[block] != NOT_LISTED;
    }

    /** Takes a listed block off the list. */
    void remove(int block) {
        int bucket = bucket(digests, block * BlockHasher.WORDS);
        if (buckets[bucket] == block) {
            buckets[bucket] = following[block];
        } else {
            int before = buckets[bucket];
            while (following[before] != block) {
                before = following[before];
            }
            following[before] = following[block];
        }
        following[block] = NOT_LISTED;
    }

    private int bucket(long[] words, int at) {
        // SHA-256 has spread the bits already.
        return (int) words[at] & (buckets.length - 1);
    }

    private boolean matches(int block, long[] words, int at) {
        int own = block * BlockHasher.WORDS;
        return Arrays.equals(digests, own, own + BlockHasher.WORDS, words, at, at + BlockHasher.WORDS);
    }
}
