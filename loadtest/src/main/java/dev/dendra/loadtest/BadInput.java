// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** An option or a file that the load test cannot work with; the message names it. */
final class BadInput extends RuntimeException {

    private static final long serialVersionUID = 1;

    BadInput(String message) {
        super(message);
    }
}
