// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What every request to the public socket passes before any route is looked for, known or not: it gets its id, shows its
 * key, and is noted in the access log when it has been answered.
 */
final class PublicGate implements Filter {
    /** Most bytes of the names and values of a request's header fields. */
    static final int MAXIMUM_HEADER_BYTES = 16 << 10;

    private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final Pattern ACCEPTED_REQUEST_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final String OTHER = "other";

    private final Gatekeeper gatekeeper;
    private final CrossOriginRule crossOrigin;
    private final Optional<AccessLog> log;
    private final ServerMetrics metrics;

    PublicGate(PublicAccess access, ServerMetrics metrics) {
        this.gatekeeper = new Gatekeeper(access.keys());
        this.crossOrigin = new CrossOriginRule(access.origins());
        this.log = access.accessLog().map(AccessLog::new);
        this.metrics = metrics;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        ClientConnection.current().ifPresent(ClientConnection::requestBegins);
        String id = requestId(request);
        response.header(REQUEST_ID, id);
        String method = request.prologue().method().text();
        RequestTrace trace = new RequestTrace(id, METHODS.contains(method) ? method : OTHER);
        try {
            if (crossOrigin.apply(request, response)) {
                answered(trace, response.status().code());
            } else {
                pass(chain, request, response, trace);
            }
        } finally {
            boolean unread = request.content().hasEntity() && !request.content().consumed();
            ClientConnection.current().ifPresent(connection -> connection.requestEnds(unread));
            log.ifPresent(written -> written.log(trace));
        }
    }

    private void pass(FilterChain chain, RoutingRequest request, RoutingResponse response, RequestTrace trace) {
        try (Gatekeeper.Pass pass = gatekeeper.admit(request, response)) {
            requireSmallHeaders(request);
            trace.calledBy(pass.caller().name());
            trace.run(() -> pass.caller().run(chain::proceed));
        } catch (ApiException e) {
            ErrorResponse.send(response, e);
            answered(trace, e.status());
        }
    }

    private static void requireSmallHeaders(RoutingRequest request) {
        long bytes = 0;
        for (Header header : request.headers()) {
            for (String value : header.allValues()) {
                bytes += header.name().length() + value.length();
            }
        }
        if (bytes > MAXIMUM_HEADER_BYTES) {
            throw ApiException.headersTooLarge(MAXIMUM_HEADER_BYTES);
        }
    }

    private void answered(RequestTrace trace, int status) {
        trace.answered(OTHER, status);
        metrics.request(OTHER, status);
    }

    private static String requestId(RoutingRequest request) {
        return request.headers()
                .first(REQUEST_ID)
                .filter(id -> ACCEPTED_REQUEST_ID.matcher(id).matches())
                .orElseGet(() -> Identifiers.next("req-"));
    }
}
