// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

/** A model that cannot be pruned as it was asked for; the message names what is at fault. */
public final class SparsifyException extends Exception {
    private static final long serialVersionUID = 1;

    SparsifyException(String message) {
        super(message);
    }

    SparsifyException(String message, Throwable cause) {
        super(message, cause);
    }
}
