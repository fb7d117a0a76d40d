// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.IOException;

/** A model's file that is there, but is not what was shipped; the message names it, what is wrong and what to do. */
public final class DamagedModelException extends IOException {
    private static final long serialVersionUID = 1;

    /** A fault that {@code message} describes. */
    public DamagedModelException(String message) {
        super(message);
    }
}
