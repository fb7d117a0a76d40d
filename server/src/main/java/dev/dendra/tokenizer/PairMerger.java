// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Arrays;

/**
 * Byte-pair encoding of one piece of text: merges neighbours, lowest rank first, until none merges (Sennrich et al.,
 * "Neural Machine Translation of Rare Words with Subword Units", 2016). A linked list and a heap make that n log n.
 * Working memory of one call of {@code encode}, used for piece after piece.
 */
final class PairMerger {
    private static final int GONE = -1;

    private final MergeTable merges;
    private final MergeQueue queue = new MergeQueue();
    private int[] tokens = new int[64];
    private int[] previous = new int[64];
    private int[] next = new int[64];
    private int size;
    private long queued;

    PairMerger(MergeTable merges) {
        this.merges = merges;
    }

    /** Appends a token to the piece. */
    void add(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
            previous = Arrays.copyOf(previous, 2 * size);
            next = Arrays.copyOf(next, 2 * size);
        }
        tokens[size++] = token;
    }

    /** Merges the piece, appends what it became to {@code out}, and begins another. */
    void mergeInto(TokenBuffer out) {
        for (int i = 0; i < size; i++) {
            previous[i] = i - 1;
            next[i] = i + 1;
        }
        for (int i = 0; i + 1 < size; i++) {
            queue(i);
        }
        while (!queue.isEmpty()) {
            long first = queue.poll();
            merge((int) first, (int) (first >>> 32));
        }
        for (int i = 0; i < size; i = next[i]) {
            out.add(tokens[i]);
        }
        size = 0;
    }

    /** Merges considered so far, the measure of work. */
    long queued() {
        return queued;
    }

    private void queue(int left) {
        int rank = merges.rank(tokens[left], tokens[next[left]]);
        if (rank != MergeTable.NONE) {
            queue.add(rank, left);
            queued++;
        }
    }

    private void merge(int left, int rank) {
        int right = next[left];
        // An entry is stale when either side has merged with another neighbour since.
        if (tokens[left] == GONE || right >= size || merges.rank(tokens[left], tokens[right]) != rank) {
            return;
        }
        tokens[left] = merges.result(tokens[left], tokens[right]);
        tokens[right] = GONE;
        next[left] = next[right];
        if (next[left] < size) {
            previous[next[left]] = left;
            queue(left);
        }
        if (previous[left] >= 0) {
            queue(previous[left]);
        }
    }
}
