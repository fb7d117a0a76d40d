// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.UUID;

/** Names of answers and requests. */
final class Identifiers {
    private Identifiers() {}

    /** {@code prefix} and 32 random hexadecimal digits. */
    static String next(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }
}
