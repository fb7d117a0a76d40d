// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.ConstraintLimitException;
import dev.dendra.engine.TokenConstraint;
import dev.dendra.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.Set;

/** Makes constraints for the tokens of one vocabulary. Any number of threads may use it. */
public final class ConstraintCompiler {
    private static final Duration TIME_LIMIT = Duration.ofSeconds(2);

    private final TokenTrie trie;
    private final boolean addsSpacePrefix;

    /**
     * For the tokens of {@code tokenizer}; sorts its vocabulary.
     *
     * @param spelled control tokens that stand for their spelling; others are never part of a text
     */
    public ConstraintCompiler(Tokenizer tokenizer, Set<Integer> spelled) {
        this.trie = new TokenTrie(tokenizer, spelled);
        this.addsSpacePrefix = tokenizer.addsSpacePrefix();
    }

    /**
     * What keeps generated tokens to {@code grammar}. Takes two seconds at most.
     *
     * @param dropsSpace whether the text is a text of its own, whose first space is left out when it is decoded where
     *     {@link Tokenizer#addsSpacePrefix()} says so
     * @throws ConstraintException if it exceeds a limit, or no text of these tokens keeps to it
     */
    public TokenConstraint compile(Grammar grammar, boolean dropsSpace) throws ConstraintException {
        return compile(grammar, dropsSpace, new Budget(TIME_LIMIT));
    }

    /** Reads and compiles a grammar within the time for one. */
    CompiledConstraint compileWithin(GrammarSource source, boolean dropsSpace) throws ConstraintException {
        Budget budget = new Budget(TIME_LIMIT);
        return compile(source.read(), dropsSpace, budget);
    }

    private CompiledConstraint compile(Grammar grammar, boolean dropsSpace, Budget budget) throws ConstraintException {
        Automaton automaton = AutomatonBuilder.build(grammar, trie.singleBytes(), budget);
        Needs needs = Needs.of(automaton, budget);
        int need = needs.of(automaton.start(0));
        if (need == Needs.NEVER) {
            throw ConstraintException.invalid("no text that the model can write keeps to it");
        }
        if (need > ConfigurationSpace.DEEPEST) {
            throw ConstraintException.tooComplex("its rules nest deeper than " + ConfigurationSpace.DEEPEST);
        }
        LocalMasks masks = LocalMasks.of(automaton, needs, trie, budget);
        try {
            CompiledConstraint constraint =
                    new CompiledConstraint(automaton, needs, trie, masks, dropsSpace && addsSpacePrefix);
            if (automaton.rules() > 1) {
                AmbiguityTrial.run(constraint, trie);
            }
            return constraint;
        } catch (ConstraintLimitException e) {
            throw ConstraintException.tooAmbiguous(e);
        }
    }
}
