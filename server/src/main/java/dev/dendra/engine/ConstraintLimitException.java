// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * A {@link TokenConstraint} would need more operations than it may to say what comes next. Ends the sequence that asks,
 * and nobody else's. The message may be shown to the client. Has no stack trace: it is part of normal operation.
 */
public final class ConstraintLimitException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a message for the client. */
    public ConstraintLimitException(String message) {
        super(message, null, false, false);
    }
}
