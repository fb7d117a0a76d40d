// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

/** How the lines of the access log are written. */
public enum AccessLogFormat {
    /** {@code key=value} pairs. */
    LOGFMT,
    /** A JSON object. */
    JSON
}
