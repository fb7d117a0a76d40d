// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.ConstraintLimitException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What one question to a constraint may still cost: which tokens may come next, or where one leads. Counts operations
 * and no time, so a question that is refused is refused on every machine: an operation is a step from one node of the
 * vocabulary's trie to the next, or what takes about as long. Also keeps what is found on the way, for when the
 * {@link ConfigurationSpace} keeps no more. For one thread.
 */
final class Work {
    /** Most operations, beside some for each node of the trie. */
    static final int MOST_OPERATIONS = 250_000;

    /** Most walks over the whole trie that are paid for by its size. */
    private static final int WALKS = 4;

    private final Map<Frames, Frames> frames = new HashMap<>(0);
    private final Map<Frames, Configuration> configurations = new HashMap<>(0);
    private final int limit;
    private int spent;

    /** For one question about the tokens of {@code trie}. */
    Work(TokenTrie trie) {
        this(limit(trie));
    }

    /** For a question that may take {@code limit} operations. */
    Work(int limit) {
        this.limit = limit;
    }

    /** Most operations of a question about the tokens of {@code trie}. */
    static int limit(TokenTrie trie) {
        return MOST_OPERATIONS + Math.multiplyExact(WALKS, trie.nodes());
    }

    /**
     * Counts operations.
     *
     * @throws ConstraintLimitException if there are too many
     */
    void spend(int operations) {
        spent += operations;
        if (spent > limit) {
            throw new ConstraintLimitException(
                    "it is too ambiguous: to find out what may come next would take more than " + limit
                            + " operations");
        }
    }

    /** Operations so far. */
    int spent() {
        return spent;
    }

    /** The first frames of this content that were given. */
    Frames unique(Frames made) {
        Frames earlier = frames.putIfAbsent(made, made);
        return earlier == null ? made : earlier;
    }

    /** The configuration of these frames, found once. */
    Configuration configuration(Frames places, Function<Frames, Configuration> absent) {
        return configurations.computeIfAbsent(places, absent);
    }
}
