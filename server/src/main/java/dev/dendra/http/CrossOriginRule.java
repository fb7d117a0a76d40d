// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import java.util.Set;

/**
 * Lets the scripts of named web pages use the API (CORS, in the Fetch standard). An origin is allowed when it is spelled
 * exactly like one of the list; cookies and the like are never part of it, as keys travel in a header that the script sets.
 */
final class CrossOriginRule {
    private static final HeaderName ALLOW_ORIGIN = HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN;
    private static final String ALLOWED_HEADERS = "authorization, content-type, x-request-id, x-dendra-energy";
    private static final String EXPOSED_HEADERS = "x-request-id, retry-after, retry-after-ms, "
            + "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests";
    private static final String PREFLIGHT_SECONDS = "600";

    private final Set<String> origins;

    CrossOriginRule(Set<String> origins) {
        this.origins = origins;
    }

    /**
     * Marks the response for the browser where the request's origin is allowed.
     *
     * @return whether the request was a browser's question and has been answered
     */
    boolean apply(ServerRequest request, ServerResponse response) {
        if (origins.isEmpty()) {
            return false;
        }
        response.header(HeaderNames.VARY, "Origin");
        Optional<String> origin = request.headers().first(HeaderNames.ORIGIN).filter(origins::contains);
        if (origin.isEmpty()) {
            return false;
        }
        response.header(ALLOW_ORIGIN, origin.get());
        response.header(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        if (!request.prologue().method().equals(Method.OPTIONS)
                || !request.headers().contains(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD)) {
            return false;
        }
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        response.header(HeaderNames.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
        response.status(Status.NO_CONTENT_204).send();
        return true;
    }
}
