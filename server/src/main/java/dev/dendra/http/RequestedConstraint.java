// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.constraint.ConstraintCache;
import dev.dendra.constraint.ConstraintException;
import dev.dendra.constraint.GrammarSource;

/**
 * What a request wants its answers kept to, not compiled yet.
 *
 * @param param the field that says it
 * @param source all that the grammar is made of
 * @param grammar reads it
 */
record RequestedConstraint(String param, String source, GrammarSource grammar) {

    /**
     * Compiles it, or finds it compiled.
     *
     * @throws ApiException naming the field, if it is wrong, too complex, or too many are being compiled
     */
    AnswerConstraint compile(ConstraintCache cache, GenerationSpecification.Continuation continuation)
            throws InterruptedException {
        try {
            boolean dropsSpace = continuation == GenerationSpecification.Continuation.NEW_TEXT;
            return new AnswerConstraint(param, cache.get(source, dropsSpace, grammar));
        } catch (ConstraintException e) {
            String message = "'" + param + "' cannot be used: " + e.getMessage() + ".";
            throw switch (e.reason()) {
                case INVALID, TOO_COMPLEX -> ApiException.invalid(param, message);
                case UNSUPPORTED -> ApiException.unsupported(param, message);
                case BUSY -> ApiException.overloaded("too_many_compilations", message);
            };
        }
    }
}
