// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * The tokens that a sequence is guessed to go on with in the next step. They are computed along with its last token;
 * each that turns out to be what is drawn there saves a step. Scheduler thread, but for its making.
 */
final class Draft {
    /** Of a long answer only so much counts when tables are sized. */
    private static final int LONG_ANSWER = 1024;

    private final PromptLookup lookup;
    private final GuessLength worth = new GuessLength();
    private final int[] tokens = new int[GuessLength.LIMIT];
    private int size;

    /** For a text that begins with {@code prompt}. */
    Draft(int[] prompt, int maximumTokens) {
        this.lookup = new PromptLookup(prompt, prompt.length + Math.min(maximumTokens, LONG_ANSWER));
    }

    /** Tokens guessed. */
    int size() {
        return size;
    }

    int token(int index) {
        return tokens[index];
    }

    /**
     * Guesses up to {@code limit} tokens, as many as are worth their rows.
     *
     * @param share time of a step over the sequences that it moves on
     * @param row time that one more row adds to a step
     */
    void guess(int limit, double share, double row) {
        int best = worth.best(share, row);
        size = lookup.guess(tokens, Math.min(Math.max(best, 1), limit));
        if (best == 0 && size > 0) {
            worth.passed();
            size = 0;
        }
    }

    /** Keeps the first {@code limit} tokens at most. */
    void limit(int limit) {
        size = Math.min(size, limit);
    }

    /** Notes how the last guess, of {@code guessed} tokens, went. */
    void outcome(int guessed, int accepted) {
        worth.outcome(guessed, accepted);
    }

    /** Notes a token that the text does go on with; what was guessed instead is void. */
    void generated(int token) {
        lookup.add(token);
        size = 0;
    }
}
