// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * The n best tokens of a row of logits, in one pass: a heap of the best seen so far with the worst of them on top, which
 * most of a vocabulary never gets past.
 */
final class TopTokens {
    private long[] heap = new long[64];
    private int size;

    /** Selects the {@code count} best tokens, or as many as have a logit above -Infinity; in no order. */
    void select(float[] logits, int count) {
        int limit = Math.min(count, logits.length);
        if (heap.length < limit) {
            heap = new long[limit];
        }
        size = 0;
        if (limit == 0) {
            return;
        }
        int token = 0;
        for (; token < logits.length && size < limit; token++) {
            // False for NaN too.
            if (logits[token] > Float.NEGATIVE_INFINITY) {
                siftUp(TokenKey.of(logits[token], token));
            }
        }
        // Of equals the first is the better one, so what comes later must be larger than the worst selected.
        float worst = size == limit ? logits[TokenKey.token(heap[0])] : Float.POSITIVE_INFINITY;
        for (; token < logits.length; token++) {
            if (logits[token] > worst) {
                siftDown(TokenKey.of(logits[token], token), limit);
                worst = logits[TokenKey.token(heap[0])];
            }
        }
    }

    /** Puts the selected tokens into order, best first. */
    void sort() {
        for (int last = size - 1; last > 0; last--) {
            long worst = heap[0];
            long moved = heap[last];
            siftDown(moved, last);
            heap[last] = worst;
        }
    }

    int size() {
        return size;
    }

    /** {@link TokenKey} of a selected token. */
    long key(int index) {
        return heap[index];
    }

    private void siftUp(long key) {
        int index = size++;
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            if (heap[parent] <= key) {
                break;
            }
            heap[index] = heap[parent];
            index = parent;
        }
        heap[index] = key;
    }

    /** Replaces the top of the heap of {@code length} keys. */
    private void siftDown(long key, int length) {
        int index = 0;
        while (2 * index + 1 < length) {
            int child = 2 * index + 1;
            if (child + 1 < length && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= key) {
                break;
            }
            heap[index] = heap[child];
            index = child;
        }
        heap[index] = key;
    }
}
