// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Arrays;

/**
 * Guesses how a text goes on by what followed the same few tokens when they last stood in it (prompt lookup decoding,
 * Saxena 2023): answers quote their prompts, and themselves. No model is asked, and a wrong guess costs only the rows
 * that find it wrong.
 *
 * <p>The last occurrence of each run of {@link #LONG} and of {@link #SHORT} tokens is remembered in tables without
 * buckets, where a later one displaces an earlier: what is lost that way is a guess. Noting a token and guessing cost the
 * same however long the text is.
 */
final class PromptLookup {
    /** Runs of tokens that are looked up, the longer first since it tells more. */
    static final int LONG = 4;

    static final int SHORT = 2;

    private static final int SMALLEST_TABLE = 256;
    private static final int LARGEST_TABLE = 1 << 14;
    private static final int NOWHERE = 0;

    private final int[] longRuns;
    private final int[] shortRuns;
    private int[] tokens;
    private int length;

    /**
     * Begins with a prompt.
     *
     * @param expectedLength tokens that the text may come to have; beyond them it grows
     */
    PromptLookup(int[] prompt, int expectedLength) {
        int size = Math.clamp(2L * expectedLength, SMALLEST_TABLE, LARGEST_TABLE);
        this.longRuns = new int[Integer.highestOneBit(size)];
        this.shortRuns = new int[longRuns.length];
        this.tokens = new int[Math.max(prompt.length + 64, expectedLength)];
        for (int token : prompt) {
            add(token);
        }
    }

    /** Notes the next token of the text. */
    void add(int token) {
        // What ended before this token is known by what follows it, so a run never finds itself.
        note(longRuns, LONG);
        note(shortRuns, SHORT);
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
    }

    /**
     * Writes up to {@code count} tokens that may come next into {@code guess}.
     *
     * @return how many; 0 if the last tokens have not stood in the text before
     */
    int guess(int[] guess, int count) {
        int from = find(longRuns, LONG);
        if (from == NOWHERE) {
            from = find(shortRuns, SHORT);
        }
        if (from == NOWHERE) {
            return 0;
        }
        int guessed = Math.min(count, length - from);
        System.arraycopy(tokens, from, guess, 0, guessed);
        return guessed;
    }

    private void note(int[] table, int run) {
        if (length >= run) {
            table[slot(table, run)] = length;
        }
    }

    /** Where the text goes on after the last earlier occurrence of its last {@code run} tokens. */
    private int find(int[] table, int run) {
        if (length < run) {
            return NOWHERE;
        }
        int from = table[slot(table, run)];
        for (int i = 1; i <= run && from != NOWHERE; i++) {
            if (tokens[from - i] != tokens[length - i]) {
                return NOWHERE;
            }
        }
        return from;
    }

    private int slot(int[] table, int run) {
        int hash = run;
        for (int i = 1; i <= run; i++) {
            hash = (hash ^ tokens[length - i]) * 0x9E3779B1;
            hash ^= hash >>> 15;
        }
        return hash & table.length - 1;
    }
}
