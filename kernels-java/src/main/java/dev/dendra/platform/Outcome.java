// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

/**
 * How a request to the operating system ended that is allowed to fail.
 *
 * @param succeeded whether the system did what was asked
 * @param detail what was done, or the reason why it was not; fit to be shown to a user
 */
public record Outcome(boolean succeeded, String detail) {

    static Outcome success(String detail) {
        return new Outcome(true, detail);
    }

    static Outcome failure(String reason) {
        return new Outcome(false, reason);
    }
}
