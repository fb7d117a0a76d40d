// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * What a generated text must keep to, over the tokens of one vocabulary: a grammar, a JSON schema. Immutable; any number
 * of sequences share one.
 */
public interface TokenConstraint {

    /** Where every text begins. */
    State start();

    /**
     * A place in a text. Immutable, so that guesses can be tried and taken back; cheap to keep. Its questions are asked
     * while a step is computed, and all sequences wait for the answers: each takes no more than a bounded number of
     * operations, whatever the constraint, or ends in a {@link ConstraintLimitException}.
     */
    interface State {

        /**
         * Whether {@code token} may come next. Never true of control tokens: where the text may end, the engine itself
         * lets stop tokens in.
         */
        boolean allows(int token);

        /**
         * Bit set of the tokens that may come next: token {@code t} is bit {@code t % 64} of element {@code t / 64}. Not
         * to be changed.
         */
        long[] allowed();

        /** Where an allowed token leads. */
        State next(int token);

        /** Whether the text may end here. */
        boolean mayEnd();

        /** Whether it must: no token is allowed. */
        boolean mustEnd();
    }
}
