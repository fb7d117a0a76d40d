// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;

/** Reads whether a request wants to know its energy, which is an extension and takes a little longer. */
final class EnergyWish {
    /** Name of the header field. */
    static final String HEADER = "x-dendra-energy";

    private static final HeaderName NAME = HeaderNames.create(HEADER);

    private EnergyWish() {}

    /**
     * Whether the field is {@code 1}; without it, or with {@code 0}, the answer says nothing of energy.
     *
     * @throws ApiException if it is anything else
     */
    static boolean of(ServerRequest request) {
        String value = request.headers().first(NAME).orElse("0");
        return switch (value) {
            case "1" -> true;
            case "0" -> false;
            default -> throw ApiException.invalid(HEADER, "The header field " + HEADER + " must be 1 or 0.");
        };
    }
}
