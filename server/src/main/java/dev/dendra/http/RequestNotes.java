// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Notes each request in the access log, and those that reach no route in the metrics. */
final class RequestNotes {
    static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");

    private static final Pattern ACCEPTED_REQUEST_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final String OTHER = "other";

    private final Optional<AccessLog> log;
    private final ServerMetrics metrics;

    RequestNotes(Optional<AccessLogFormat> format, ServerMetrics metrics) {
        this.log = format.map(AccessLog::new);
        this.metrics = metrics;
    }

    /** A request that has arrived, under its own id or a new one. */
    RequestTrace begin(ServerRequestHeaders headers, String method) {
        String id = headers.first(REQUEST_ID)
                .filter(given -> ACCEPTED_REQUEST_ID.matcher(given).matches())
                .orElseGet(() -> Identifiers.next("req-"));
        return new RequestTrace(id, METHODS.contains(method) ? method : OTHER);
    }

    /** A request was answered before any route was asked; it is not in the log yet. */
    void answered(RequestTrace trace, int status) {
        trace.answered(OTHER, status);
        metrics.request(OTHER, status);
    }

    /** A request is over. */
    void log(RequestTrace trace) {
        log.ifPresent(written -> written.log(trace));
    }

    /** A request was refused before anything else could be known of it. */
    void refused(RequestTrace trace, int status) {
        answered(trace, status);
        log(trace);
    }
}
