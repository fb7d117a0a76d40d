// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

/** A command that cannot do what it was asked; the message tells the user why and what helps. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1;

    CommandFailure(String message) {
        super(message);
    }

    CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
