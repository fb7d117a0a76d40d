// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.ConstraintLimitException;
import java.util.SplittableRandom;

/**
 * Writes a few texts of random tokens that a constraint allows, so that most grammars too ambiguous to be followed are
 * refused before anything is generated. Counts operations, and has the same outcome each time; what it does not find ends
 * the sequence that meets it.
 */
final class AmbiguityTrial {
    private static final long SEED = 0x6A09E667F3BCC909L;
    private static final int MOST_TOKENS = 256;

    /** As many questions as are at their limit before it is left at that. */
    private static final int MOST_FULL_QUESTIONS = 8;

    private AmbiguityTrial() {}

    /**
     * Tries a constraint.
     *
     * @throws ConstraintLimitException if it is too ambiguous
     */
    static void run(CompiledConstraint constraint, TokenTrie trie) {
        SplittableRandom random = new SplittableRandom(SEED);
        Configuration start = constraint.freshStart();
        Configuration at = start;
        long left = (long) MOST_FULL_QUESTIONS * Work.limit(trie);
        for (int i = 0; i < MOST_TOKENS && left > 0; i++) {
            if (at.mustEnd()) {
                at = start;
            }
            Work work = new Work(trie);
            int token = anyOf(at.allowed(work), random);
            if (token < 0) {
                return;
            }
            left -= work.spent();
            at = at.next(token);
        }
    }

    /** A token at random: the first from somewhere on; -1 if there is none. */
    private static int anyOf(long[] mask, SplittableRandom random) {
        int from = random.nextInt(mask.length * Long.SIZE);
        for (int i = 0; i <= mask.length; i++) {
            int word = (from / Long.SIZE + i) % mask.length;
            long bits = i == 0 ? mask[word] & (-1L << from) : mask[word];
            if (bits != 0) {
                return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
            }
        }
        return -1;
    }
}
