// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.Header;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * What every request to the public socket passes before any route is looked for, known or not: it gets its id, shows its
 * key, and is noted in the access log when it has been answered.
 */
final class PublicGate implements Filter {
    /** Most bytes of the names and values of a request's header fields. */
    static final int MAXIMUM_HEADER_BYTES = 16 << 10;

    private final Gatekeeper gatekeeper;
    private final CrossOriginRule crossOrigin;
    private final RequestNotes notes;

    PublicGate(PublicAccess access, RequestNotes notes) {
        this.gatekeeper = new Gatekeeper(access.keys(), Gatekeeper.PUBLIC_PATHS);
        this.crossOrigin = new CrossOriginRule(access.origins());
        this.notes = notes;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        ClientConnection.current().ifPresent(ClientConnection::requestBegins);
        RequestTrace trace =
                notes.begin(request.headers(), request.prologue().method().text());
        response.header(RequestNotes.REQUEST_ID, trace.id());
        try {
            if (crossOrigin.apply(request, response)) {
                notes.answered(trace, response.status().code());
            } else {
                pass(chain, request, response, trace);
            }
        } finally {
            boolean unread = request.content().hasEntity() && !request.content().consumed();
            ClientConnection.current().ifPresent(connection -> connection.requestEnds(unread));
            notes.log(trace);
        }
    }

    private void pass(FilterChain chain, RoutingRequest request, RoutingResponse response, RequestTrace trace) {
        try (Gatekeeper.Pass pass = gatekeeper.admit(request, response)) {
            requireSmallHeaders(request);
            trace.calledBy(pass.caller().name());
            trace.run(() -> pass.caller().run(chain::proceed));
        } catch (ApiException e) {
            ErrorResponse.send(response, e);
            notes.answered(trace, e.status());
        } catch (RequestException e) {
            if (trace.status() == 0) {
                notes.answered(trace, e.status().code());
            }
            ClientConnection.current().ifPresent(ClientConnection::noted);
            throw e;
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
}
