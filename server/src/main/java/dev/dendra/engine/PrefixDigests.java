// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import java.util.Arrays;

/**
 * The digests of a sequence's full blocks, in order. Those of the prompt are made by the thread that submits it; those
 * of generated blocks follow, one every 32 tokens, as the scheduler gets there.
 */
final class PrefixDigests {
    private long[] words;
    private int count;

    private PrefixDigests(long[] words, int count) {
        this.words = words;
        this.count = count;
    }

    /** Of the full blocks of {@code prompt}. */
    static PrefixDigests of(GenerationRequest request) {
        int[] prompt = request.promptTokens();
        int blocks = prompt.length / KvLayout.BLOCK_TOKENS;
        long[] words = new long[(blocks + 1) * BlockHasher.WORDS];
        BlockHasher hasher = new BlockHasher();
        hasher.root(request.terms(), words);
        for (int block = 0; block < blocks; block++) {
            hasher.block(words, at(block), prompt, block * KvLayout.BLOCK_TOKENS);
        }
        return new PrefixDigests(words, blocks);
    }

    /** Of a sequence that neither finds nor leaves prefixes. */
    static PrefixDigests none() {
        return new PrefixDigests(new long[BlockHasher.WORDS], 0);
    }

    /** The same digests, to be continued in another way. */
    PrefixDigests fork() {
        return new PrefixDigests(Arrays.copyOf(words, (count + 1) * BlockHasher.WORDS), count);
    }

    /** Digests that there are. */
    int count() {
        return count;
    }

    /** All digests; that of a block begins at {@link #at}. */
    long[] words() {
        return words;
    }

    static int at(int block) {
        return (block + 1) * BlockHasher.WORDS;
    }

    /** Adds the digest of the next block, whose tokens are given. */
    void add(BlockHasher hasher, int[] tokens) {
        if (at(count) == words.length) {
            words = Arrays.copyOf(words, 2 * words.length);
        }
        hasher.block(words, at(count), tokens, 0);
        count++;
    }
}
