// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Arrays;

/** A growing list of token ids. */
final class TokenBuffer {
    private int[] tokens;
    private int size;

    TokenBuffer(int capacity) {
        tokens = new int[Math.max(capacity, 8)];
    }

    void add(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = token;
    }

    int[] toArray() {
        return Arrays.copyOf(tokens, size);
    }
}
