// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.BooleanSupplier;

/** {@code /metrics}, {@code /metrics/router}, {@code /health/live} and {@code /health/ready}. */
final class AdminRoutes {
    private final ServerMetrics metrics;
    private final BooleanSupplier ready;

    AdminRoutes(ServerMetrics metrics, BooleanSupplier ready) {
        this.metrics = metrics;
        this.ready = ready;
    }

    /** Adds the routes of the admin socket. */
    void register(HttpRouting.Builder routing) {
        routing.get("/metrics", this::scrape);
        routing.get("/metrics/router", this::routerScrape);
        routing.get("/health/live", this::live);
        routing.get("/health/ready", this::ready);
    }

    private void scrape(ServerRequest request, ServerResponse response) {
        String accept = String.join(",", request.headers().values(HeaderNames.ACCEPT));
        String contentType = ServerMetrics.contentType(accept);
        response.header(HeaderNames.CONTENT_TYPE, contentType);
        response.send(metrics.scrape(contentType));
    }

    private void routerScrape(ServerRequest request, ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, ServerMetrics.PROMETHEUS_TEXT);
        response.send(metrics.routerScrape());
    }

    /** 200 as long as the process answers. */
    void live(ServerRequest request, ServerResponse response) {
        answer(response, Status.OK_200, "live");
    }

    /** 200 while requests are welcome, else 503. */
    void ready(ServerRequest request, ServerResponse response) {
        if (ready.getAsBoolean()) {
            answer(response, Status.OK_200, "ready");
        } else {
            answer(response, Status.SERVICE_UNAVAILABLE_503, "not ready");
        }
    }

    private static void answer(ServerResponse response, Status status, String text) {
        response.status(status);
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.TEXT);
        response.header(HeaderValues.CACHE_NO_CACHE);
        response.send(text + "\n");
    }
}
