// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.IOException;

/** A model that is neither in the cache nor to be had; the message says what was tried and what to do. */
public final class ModelUnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    /** A fault that {@code message} describes. */
    public ModelUnavailableException(String message) {
        super(message);
    }
}
