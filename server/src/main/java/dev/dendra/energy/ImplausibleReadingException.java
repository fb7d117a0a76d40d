// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;

/** A meter said what cannot be. */
final class ImplausibleReadingException extends IOException {
    private static final long serialVersionUID = 1;

    ImplausibleReadingException(String message) {
        super(message);
    }
}
