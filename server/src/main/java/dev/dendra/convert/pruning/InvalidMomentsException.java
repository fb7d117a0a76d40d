// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

/** Calibration inputs with which no pruning is possible: not finite, too large, or without a sum. */
public final class InvalidMomentsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A fault that {@code message} describes. */
    public InvalidMomentsException(String message) {
        super(message);
    }
}
