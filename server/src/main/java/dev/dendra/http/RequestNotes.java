// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import dev.dendra.tracing.RequestTracer;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Notes each request in the access log and in traces, and those that reach no route in the metrics. */
final class RequestNotes {
    static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");

    private static final HeaderName TRACE_PARENT = HeaderNames.create("traceparent");
    private static final HeaderName TRACE_STATE = HeaderNames.create("tracestate");
    private static final Pattern ACCEPTED_REQUEST_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final String OTHER = "other";

    private final Optional<AccessLog> log;
    private final Optional<RequestTracer> tracer;
    private final ServerMetrics metrics;

    RequestNotes(Optional<AccessLogFormat> format, Optional<RequestTracer> tracer, ServerMetrics metrics) {
        this.log = format.map(AccessLog::new);
        this.tracer = tracer;
        this.metrics = metrics;
    }

    /** A request that has arrived, under its own id or a new one. */
    RequestTrace begin(ServerRequestHeaders headers, String method) {
        String id = headers.first(REQUEST_ID)
                .filter(given -> ACCEPTED_REQUEST_ID.matcher(given).matches())
                .orElseGet(() -> Identifiers.next("req-"));
        return new RequestTrace(
                id, METHODS.contains(method) ? method : OTHER, tracer.isPresent() ? context(headers) : Map.of());
    }

    private static Map<String, String> context(ServerRequestHeaders headers) {
        Map<String, String> context = new HashMap<>();
        for (HeaderName name : List.of(TRACE_PARENT, TRACE_STATE)) {
            headers.first(name).ifPresent(value -> context.put(name.lowerCase(), value));
        }
        return context;
    }

    /** A request was answered before any route was asked; it is not in the log yet. */
    void answered(RequestTrace trace, int status) {
        trace.answered(OTHER, status);
        metrics.request(OTHER, status);
    }

    /** A request is over. */
    void log(RequestTrace trace) {
        log.ifPresent(written -> written.log(trace));
        tracer.ifPresent(sender -> sender.ended(TraceReport.of(trace)));
    }

    /** A request was refused before anything else could be known of it. */
    void refused(RequestTrace trace, int status) {
        answered(trace, status);
        log(trace);
    }
}
