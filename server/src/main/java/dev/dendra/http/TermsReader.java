// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.engine.RequestTerms;
import java.time.Duration;
import java.util.Optional;

/** Reads how urgent a request is, and with whom it may share: fields of vLLM's and of our own, none of OpenAI's. */
final class TermsReader {
    private static final int MAXIMUM_PRIORITY = 1000;
    private static final int MAXIMUM_SALT_LENGTH = 256;
    private static final double SHORTEST_SECONDS = 0.001;
    private static final double LONGEST_SECONDS = 86_400;
    private static final double NANOS = 1e9;

    private TermsReader() {}

    /** Reads {@code priority}, {@code cache_salt}, {@code timeout} and {@code speculation}. */
    static RequestTerms read(RequestReader body) {
        RequestTerms wanted = new RequestTerms(
                RequestTerms.ANONYMOUS.tenant(),
                cacheSalt(body),
                body.integer("priority", -MAXIMUM_PRIORITY, MAXIMUM_PRIORITY).orElse(0),
                deadline(body),
                body.flag("speculation", true));
        return Caller.current().terms(wanted);
    }

    private static String cacheSalt(RequestReader body) {
        String salt = body.string("cache_salt");
        if (salt == null) {
            return "";
        }
        if (salt.isEmpty() || salt.length() > MAXIMUM_SALT_LENGTH) {
            String path = body.path("cache_salt");
            throw ApiException.invalid(path, "'" + path + "' must have 1 to " + MAXIMUM_SALT_LENGTH + " characters.");
        }
        return salt;
    }

    private static Optional<Duration> deadline(RequestReader body) {
        JsonNode timeout = body.node("timeout");
        if (timeout == null) {
            return Optional.empty();
        }
        double seconds = RequestReader.number(timeout, body.path("timeout"), SHORTEST_SECONDS, LONGEST_SECONDS);
        return Optional.of(Duration.ofNanos((long) (seconds * NANOS)));
    }
}
