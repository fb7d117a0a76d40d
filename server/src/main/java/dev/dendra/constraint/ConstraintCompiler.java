// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.TokenConstraint;
import dev.dendra.tokenizer.Tokenizer;

/** Makes constraints for the tokens of one vocabulary. Any number of threads may use it. */
public final class ConstraintCompiler {
    private final Tokenizer tokenizer;

    /** For the tokens of {@code tokenizer}. */
    public ConstraintCompiler(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * What keeps generated tokens to {@code grammar}.
     *
     * @param dropsSpace whether the text is a text of its own, whose first space is left out when it is decoded where
     *     {@link Tokenizer#addsSpacePrefix()} says so
     * @throws ConstraintException if it exceeds a limit, or no text of these tokens keeps to it
     */
    public TokenConstraint compile(Grammar grammar, boolean dropsSpace) throws ConstraintException {
        if (tokenizer.vocabularySize() > 0) {
            throw ConstraintException.unsupported("constraints are not supported yet" + (dropsSpace ? " " : "") + grammar);
        }
        return () -> {
            throw new IllegalStateException("no tokens");
        };
    }
}
