// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

/** A text, a file of choices or a model that cannot be evaluated; the message names it and says why. */
public final class EvaluationException extends Exception {
    private static final long serialVersionUID = 1;

    EvaluationException(String message) {
        super(message);
    }

    EvaluationException(String message, Throwable cause) {
        super(message, cause);
    }
}
