// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.constraint.ConstraintCache;
import dev.dendra.metrics.ServerMetrics;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;

/** The routes of the public socket. */
final class PublicRoutes {
    private static final String OTHER = "other";

    private final ModelCatalogue models;
    private final CompletionHandler completions;
    private final ChatHandler chat;
    private final AdminRoutes admin;
    private final ServerMetrics metrics;

    PublicRoutes(
            HttpServerOptions options,
            ServedModel model,
            AdminRoutes admin,
            ServerMetrics metrics,
            SocketWatchdog watchdog) {
        BodyReader bodies = new BodyReader(options.maximumBodyBytes(), watchdog);
        GenerationResponder responder = new GenerationResponder(model, watchdog, options.pingInterval());
        this.models = new ModelCatalogue(model);
        ConstraintCache constraints = new ConstraintCache(model.tokenizer());
        this.completions = new CompletionHandler(model, bodies, constraints, responder);
        this.chat = new ChatHandler(model, bodies, constraints, responder);
        this.admin = admin;
        this.metrics = metrics;
    }

    /** Adds them. */
    void register(HttpRouting.Builder routing) {
        get(routing, "/v1/models", models::list);
        routing.get("/v1/models/{+id}", endpoint("/v1/models/{id}", models::get));
        post(routing, "/v1/completions", completions);
        post(routing, "/v1/chat/completions", chat);
        get(routing, "/health", admin::ready);
        routing.any(endpoint(OTHER, (request, response) -> {
            throw ApiException.unknownPath(
                    request.prologue().method().text(), request.path().path());
        }));
    }

    private void get(HttpRouting.Builder routing, String path, Handler handler) {
        routing.get(path, endpoint(path, handler));
        refuseOtherMethods(routing, path, "GET");
    }

    private void post(HttpRouting.Builder routing, String path, Handler handler) {
        routing.post(path, endpoint(path, handler));
        refuseOtherMethods(routing, path, "POST");
    }

    private void refuseOtherMethods(HttpRouting.Builder routing, String path, String allowed) {
        routing.any(path, endpoint(path, (request, response) -> {
            throw ApiException.wrongMethod(
                    request.prologue().method().text(), request.path().path(), allowed);
        }));
    }

    private Handler endpoint(String name, Handler handler) {
        return new Endpoint(name, metrics, handler);
    }
}
