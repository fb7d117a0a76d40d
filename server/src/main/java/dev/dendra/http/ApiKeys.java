// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Keys that open the public socket. Only their SHA-256 is known here: 256 random bits need no slower hash. */
public final class ApiKeys {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String PREFIX = "dk-";
    private static final int RANDOM_BYTES = 32;

    private final List<ApiKey> keys;

    ApiKeys(List<ApiKey> keys) {
        this.keys = List.copyOf(keys);
    }

    /** Whether a key may be called so: 1 to 64 letters, digits, dots, dashes and underscores. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** A new random key; it is kept nowhere. */
    public static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What a key file holds instead of {@code key}: SHA-256 of its UTF-8 bytes, 64 hexadecimal digits. */
    public static String hash(String key) {
        return HexFormat.of().formatHex(digest(key));
    }

    /** The key with the text {@code presented}. The time that this takes does not depend on which one it is, or whether it is any. */
    Optional<ApiKey> find(String presented) {
        byte[] digest = digest(presented);
        ApiKey found = null;
        for (ApiKey key : keys) {
            if (key.matches(digest)) {
                found = key;
            }
        }
        return Optional.ofNullable(found);
    }

    /** All of them. */
    List<ApiKey> all() {
        return keys;
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
