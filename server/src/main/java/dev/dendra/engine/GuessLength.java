// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * How many guessed tokens of a sequence are worth their rows. It counts how often the sequence's guesses were right and
 * compares what a right one saves, a sequence's share of a step, with what a row costs.
 *
 * <p>With a probability {@code a} that a guess is right given that those before it were, {@code k} of them bring
 * {@code a + a^2 + ... + a^k} tokens (Leviathan et al. 2023, section 3.1); the next one is worth its row while
 * {@code a^(k+1) * share > row}. Old outcomes fade, and unused chances restore the first opinion, so that one who has
 * guessed badly is given another try.
 */
final class GuessLength {
    /** Longest guess. */
    static final int LIMIT = 8;

    /** Opinion before anything is known: that many guesses, half of them right. */
    private static final double PRIOR = 2;

    private static final double KEPT_AFTER_GUESS = 0.95;
    private static final double KEPT_AFTER_PASS = 0.98;

    private double right;
    private double tried;

    /**
     * The best length now.
     *
     * @param share time of a step over the sequences that it moves on
     * @param row time that one more row adds to a step, in the same unit
     * @return 0 to {@link #LIMIT}
     */
    int best(double share, double row) {
        double accepted = (right + PRIOR / 2) / (tried + PRIOR);
        double worth = accepted * share;
        int length = 0;
        while (length < LIMIT && worth > row) {
            length++;
            worth *= accepted;
        }
        return length;
    }

    /** Notes that of {@code guessed} tokens the first {@code accepted} were right. */
    void outcome(int guessed, int accepted) {
        // What comes after a wrong guess was not tried.
        right = right * KEPT_AFTER_GUESS + accepted;
        tried = tried * KEPT_AFTER_GUESS + Math.min(accepted + 1, guessed);
    }

    /** Notes a chance to guess that was not taken. */
    void passed() {
        right *= KEPT_AFTER_PASS;
        tried *= KEPT_AFTER_PASS;
    }
}
