// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import org.jspecify.annotations.Nullable;

/**
 * What can be said of a state whoever called its rule: tokens that stay within the rule or end with it, and nodes of the
 * trie at which it may end while tokens go on (the division of Dong et al., XGrammar, 2024, section 3.1). Immutable.
 */
final class LocalMask {
    private final long @Nullable [] dense;
    private final int[] sparse;
    private final int[] returnNodes;
    private final int depth;

    /**
     * A mask.
     *
     * @param dense its bits; null if {@code sparse} has the tokens
     * @param returnNodes nodes with children at which the rule may end
     * @param depth frames of the deepest stack that its tokens lead through
     */
    LocalMask(long @Nullable [] dense, int[] sparse, int[] returnNodes, int depth) {
        this.dense = dense;
        this.sparse = sparse;
        this.returnNodes = returnNodes;
        this.depth = depth;
    }

    /** All of it as bits; not to be changed. */
    long[] bits(int words) {
        if (dense != null) {
            return dense;
        }
        long[] bits = new long[words];
        addTo(bits);
        return bits;
    }

    void addTo(long[] bits) {
        if (dense != null) {
            for (int i = 0; i < bits.length; i++) {
                bits[i] |= dense[i];
            }
        }
        for (int token : sparse) {
            bits[token / Long.SIZE] |= 1L << token;
        }
    }

    /** What {@link #addTo} goes over, in elements, where a bit set has {@code words}. */
    int size(int words) {
        return sparse.length + (dense == null ? 0 : words);
    }

    int returns() {
        return returnNodes.length;
    }

    int returnNode(int index) {
        return returnNodes[index];
    }

    int depth() {
        return depth;
    }

    /** Bytes of the lists; shared bits not counted. */
    long listBytes() {
        return (long) (sparse.length + returnNodes.length) * Integer.BYTES;
    }
}
