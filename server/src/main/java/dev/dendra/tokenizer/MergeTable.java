// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Arrays;

/**
 * Which pairs of neighbouring tokens merge, in which order, and into what. An open-addressing hash table of primitive
 * keys: it is read several times for every byte of a prompt.
 */
final class MergeTable {
    /** The rank of a pair that does not merge. */
    static final int NONE = Integer.MAX_VALUE;

    private static final long EMPTY = -1;

    private final long[] keys;
    private final int[] ranks;
    private final int[] results;
    private final int shift;

    /** A table that will hold at most {@code count} pairs. */
    MergeTable(int count) {
        int bits = Math.max(4, 65 - Long.numberOfLeadingZeros(count));
        keys = new long[1 << bits];
        ranks = new int[1 << bits];
        results = new int[1 << bits];
        shift = 64 - bits;
        Arrays.fill(keys, EMPTY);
    }

    /**
     * Adds a pair.
     *
     * @param rank pairs of lower rank merge first
     * @return whether it is new; a pair already there is left as it is
     */
    boolean put(int left, int right, int rank, int result) {
        long key = key(left, right);
        int slot = slot(key);
        if (keys[slot] == key) {
            return false;
        }
        keys[slot] = key;
        ranks[slot] = rank;
        results[slot] = result;
        return true;
    }

    /** The rank of a pair, or {@link #NONE}. */
    int rank(int left, int right) {
        int slot = slot(key(left, right));
        return keys[slot] == EMPTY ? NONE : ranks[slot];
    }

    /** What a pair that is in the table merges into. */
    int result(int left, int right) {
        return results[slot(key(left, right))];
    }

    private int slot(long key) {
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> shift);
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & (keys.length - 1);
        }
        return slot;
    }

    private static long key(int left, int right) {
        return ((long) left << 32) | right;
    }
}
