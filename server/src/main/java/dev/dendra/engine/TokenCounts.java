// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Arrays;

/**
 * Which tokens a sequence has seen, and how often it generated each: an open-addressing hash table, since a sequence
 * sees few of a vocabulary's tokens. Allocates only when it grows.
 */
final class TokenCounts {
    private static final int EMPTY = -1;

    private int[] slots;
    private int[] tokens = new int[32];
    private int[] generated = new int[32];
    private int size;

    TokenCounts() {
        slots = emptySlots(64);
    }

    /** Notes a token of the prompt. */
    void addPrompt(int token) {
        entryOf(token);
    }

    /** Notes a generated token. */
    void addGenerated(int token) {
        int entry = entryOf(token);
        generated[entry]++;
    }

    /** Distinct tokens seen. */
    int size() {
        return size;
    }

    /** The distinct token number {@code entry}, in the order in which they were first seen. */
    int token(int entry) {
        return tokens[entry];
    }

    /** How often that token was generated; 0 if it is in the prompt alone. */
    int generated(int entry) {
        return generated[entry];
    }

    private int entryOf(int token) {
        int slot = slotOf(token);
        if (slots[slot] != EMPTY) {
            return slots[slot];
        }
        if (size == tokens.length) {
            grow();
            slot = slotOf(token);
        }
        tokens[size] = token;
        slots[slot] = size;
        return size++;
    }

    private int slotOf(int token) {
        int mask = slots.length - 1;
        // Fibonacci hashing spreads neighbouring ids over the table.
        int slot = (token * 0x9E3779B9) >>> 7 & mask;
        while (slots[slot] != EMPTY && tokens[slots[slot]] != token) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        tokens = Arrays.copyOf(tokens, 2 * tokens.length);
        generated = Arrays.copyOf(generated, tokens.length);
        slots = emptySlots(2 * tokens.length);
        for (int i = 0; i < size; i++) {
            slots[slotOf(tokens[i])] = i;
        }
    }

    private static int[] emptySlots(int count) {
        int[] slots = new int[count];
        Arrays.fill(slots, EMPTY);
        return slots;
    }
}
