// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Arrays;

/** Pending merges, lowest rank first and leftmost among equals: a binary heap of {@code rank << 32 | position}. */
final class MergeQueue {
    private long[] heap = new long[64];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    void add(int rank, int position) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        long entry = ((long) rank << 32) | position;
        int child = size++;
        while (child > 0 && heap[(child - 1) / 2] > entry) {
            heap[child] = heap[(child - 1) / 2];
            child = (child - 1) / 2;
        }
        heap[child] = entry;
    }

    /** Removes the first; its position is in the low half, its rank in the high half. */
    long poll() {
        long first = heap[0];
        long last = heap[--size];
        int parent = 0;
        for (int child = 1; child < size; child = 2 * parent + 1) {
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[parent] = heap[child];
            parent = child;
        }
        heap[parent] = last;
        return first;
    }
}
