// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

/** A weight that the wanted encoding cannot hold: it is not finite, or a scale leaves the range of its type. */
public final class UnrepresentableWeightException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A fault that {@code message} describes. */
    public UnrepresentableWeightException(String message) {
        super(message);
    }
}
