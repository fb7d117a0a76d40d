// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

/** The client closed its connection, or has not read from it for too long: nobody is there to be answered. */
final class ClientGoneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClientGoneException(String message) {
        super(message);
    }

    ClientGoneException(String message, Throwable cause) {
        super(message, cause);
    }
}
