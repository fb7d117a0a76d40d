// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.ConstraintLimitException;

/** A grammar, schema or regular expression that cannot be compiled. The message says what is at fault, and where. */
public final class ConstraintException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why it cannot be compiled. */
    public enum Reason {
        /** It is wrong: bad syntax, an unknown name, a contradiction. */
        INVALID,
        /** It asks for something that constraints here cannot express. */
        UNSUPPORTED,
        /** It exceeds a limit of size, depth, states, memory or time. */
        TOO_COMPLEX,
        /** Too many others are being compiled; try again later. */
        BUSY
    }

    private final Reason reason;

    ConstraintException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    static ConstraintException invalid(String message) {
        return new ConstraintException(Reason.INVALID, message);
    }

    static ConstraintException unsupported(String message) {
        return new ConstraintException(Reason.UNSUPPORTED, message);
    }

    static ConstraintException tooComplex(String message) {
        return new ConstraintException(Reason.TOO_COMPLEX, message);
    }

    /** It exceeds what one token may take. */
    static ConstraintException tooAmbiguous(ConstraintLimitException cause) {
        ConstraintException refusal = tooComplex(String.valueOf(cause.getMessage()));
        refusal.initCause(cause);
        return refusal;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
