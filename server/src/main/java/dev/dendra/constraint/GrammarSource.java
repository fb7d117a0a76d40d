// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

/** Where a grammar comes from; asked only if its constraint is not cached. */
@FunctionalInterface
public interface GrammarSource {

    /**
     * Reads it.
     *
     * @throws ConstraintException if it is wrong
     */
    Grammar read() throws ConstraintException;
}
