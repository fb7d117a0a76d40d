// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.TokenConstraint;

/** A grammar's automaton with the masks of its states. */
final class CompiledConstraint implements TokenConstraint {
    private final Automaton automaton;
    private final Needs needs;
    private final TokenTrie trie;
    private final LocalMasks masks;
    private final boolean spaceInFront;
    private volatile Start start;

    /** A space and its first configuration. */
    private record Start(ConfigurationSpace space, Configuration configuration) {}

    /**
     * For {@link ConstraintCompiler}.
     *
     * @throws dev.dendra.engine.ConstraintLimitException if its first bytes are too ambiguous
     */
    CompiledConstraint(Automaton automaton, Needs needs, TokenTrie trie, LocalMasks masks, boolean spaceInFront) {
        this.automaton = automaton;
        this.needs = needs;
        this.trie = trie;
        this.masks = masks;
        this.spaceInFront = spaceInFront;
        this.start = newStart();
    }

    @Override
    public State start() {
        Start current = start;
        if (current.space().isFull()) {
            // Texts under way keep the old one; it goes with the last of them.
            current = newStart();
            start = current;
        }
        return current.configuration();
    }

    /** States of its automaton. */
    int states() {
        return automaton.size();
    }

    /** Masks computed at once. */
    int distinctMasks() {
        return masks.distinct();
    }

    /** Memory now, roughly. */
    long bytes() {
        return start.space().bytes()
                + masks.bytes()
                + (long) automaton.size() * (automaton.classes().count() + 8) * Integer.BYTES;
    }

    /** Where every text begins, when nothing has been asked yet. */
    Configuration freshStart() {
        return newStart().configuration();
    }

    private Start newStart() {
        ConfigurationSpace space = new ConfigurationSpace(automaton, needs, trie, masks);
        Work work = new Work(trie);
        Configuration first = space.start(work);
        if (spaceInFront) {
            first = first.withSpaceInFront(automaton.classes().of(' '), work);
        }
        return new Start(space, first);
    }
}
