// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.security.MessageDigest;
import java.util.HexFormat;

/** A key that opens the public socket: its name, the hash of its text, and the limits of who holds it. */
final class ApiKey {
    private final String name;
    private final byte[] hash;
    private final KeyLimits limits;

    /**
     * Of the key whose text has {@code hash}.
     *
     * @param hash SHA-256, 64 hexadecimal digits
     */
    ApiKey(String name, String hash, KeyLimits limits) {
        this.name = name;
        this.hash = HexFormat.of().parseHex(hash);
        this.limits = limits;
    }

    /** Whose key it is. */
    String name() {
        return name;
    }

    /** What its holder may use. */
    KeyLimits limits() {
        return limits;
    }

    /** Whether {@code presented} is the hash of this key; takes as long for a wrong one as for the right one. */
    boolean matches(byte[] presented) {
        return MessageDigest.isEqual(hash, presented);
    }
}
