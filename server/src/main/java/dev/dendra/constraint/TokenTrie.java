// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The tokens that stand for text, as a trie of their bytes. Nodes are numbered in preorder, so a subtree is a range of
 * nodes and a walk over it is a loop. Control tokens and tokens that end a text are left out. Immutable.
 */
final class TokenTrie {
    private final byte[][] tokenBytes;
    private final int vocabularySize;
    private final int[] tokens;
    private final byte[] labels;
    private final short[] depths;
    private final int[] ends;
    private final int[] firstTokens;
    private final int[] lastTokens;
    private final int longest;
    private final BitSet singleBytes = new BitSet();

    /**
     * The trie of a vocabulary.
     *
     * @param spelled control tokens that stand for their spelling
     */
    TokenTrie(Tokenizer tokenizer, Set<Integer> spelled) {
        vocabularySize = tokenizer.vocabularySize();
        tokenBytes = new byte[vocabularySize][];
        Set<Integer> ending = tokenizer.endOfGeneration();
        for (int token = 0; token < vocabularySize; token++) {
            if (ending.contains(token)) {
                tokenBytes[token] = new byte[0];
            } else if (tokenizer.isControl(token)) {
                tokenBytes[token] = spelled.contains(token)
                        ? tokenizer.spelling(token).getBytes(StandardCharsets.UTF_8)
                        : new byte[0];
            } else {
                tokenBytes[token] = tokenizer.bytes(token);
            }
        }
        tokens = IntStream.range(0, vocabularySize)
                .filter(token -> tokenBytes[token].length > 0 && tokenBytes[token].length <= Short.MAX_VALUE)
                .boxed()
                .sorted(Comparator.comparing((Integer token) -> tokenBytes[token], Arrays::compareUnsigned))
                .mapToInt(Integer::intValue)
                .toArray();
        int nodes = 1;
        byte[] previous = new byte[0];
        for (int token : tokens) {
            nodes += tokenBytes[token].length - commonPrefix(previous, tokenBytes[token]);
            previous = tokenBytes[token];
        }
        labels = new byte[nodes];
        depths = new short[nodes];
        ends = new int[nodes];
        firstTokens = new int[nodes];
        lastTokens = new int[nodes];
        longest = fill();
    }

    private int fill() {
        int deepest = 0;
        int nodes = 1;
        byte[] previous = new byte[0];
        int[] path = new int[Short.MAX_VALUE + 1];
        for (int i = 0; i < tokens.length; i++) {
            byte[] bytes = tokenBytes[tokens[i]];
            int common = commonPrefix(previous, bytes);
            for (int depth = previous.length; depth > common; depth--) {
                ends[path[depth]] = nodes;
            }
            for (int depth = common + 1; depth <= bytes.length; depth++) {
                labels[nodes] = bytes[depth - 1];
                depths[nodes] = (short) depth;
                path[depth] = nodes++;
            }
            // Tokens of the same bytes are neighbours.
            int node = path[bytes.length];
            firstTokens[node] = lastTokens[node] == 0 ? i : firstTokens[node];
            lastTokens[node] = i + 1;
            deepest = Math.max(deepest, bytes.length);
            if (bytes.length == 1) {
                singleBytes.set(bytes[0] & 0xFF);
            }
            previous = bytes;
        }
        for (int depth = previous.length; depth >= 0; depth--) {
            ends[path[depth]] = nodes;
        }
        return deepest;
    }

    private static int commonPrefix(byte[] left, byte[] right) {
        int mismatch = Arrays.mismatch(left, right);
        return mismatch < 0 ? left.length : mismatch;
    }

    int vocabularySize() {
        return vocabularySize;
    }

    /** Longs of a bit set of tokens. */
    int words() {
        return (vocabularySize + Long.SIZE - 1) / Long.SIZE;
    }

    /** Bytes of the longest token. */
    int longest() {
        return longest;
    }

    /** Bytes that are tokens by themselves. */
    BitSet singleBytes() {
        return singleBytes;
    }

    /** Bytes of a token; empty for one that never is text. Not to be changed. */
    byte[] bytes(int token) {
        return tokenBytes[token];
    }

    /** Nodes; the root is node 0. */
    int nodes() {
        return labels.length;
    }

    /** The byte that leads to a node, as 0 to 255. */
    int label(int node) {
        return labels[node] & 0xFF;
    }

    /** Bytes from the root. */
    int depth(int node) {
        return depths[node];
    }

    /** The node after the last one of the subtree of a node. */
    int end(int node) {
        return ends[node];
    }

    /** Sets the bits of tokens that end at a node. */
    void addTokens(int node, long[] bits) {
        for (int i = firstTokens[node]; i < lastTokens[node]; i++) {
            bits[tokens[i] / Long.SIZE] |= 1L << tokens[i];
        }
    }
}
