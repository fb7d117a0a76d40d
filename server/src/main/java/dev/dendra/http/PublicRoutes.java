// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.util.LinkedHashSet;
import java.util.Set;

/** The routes of the public socket. */
final class PublicRoutes {
    private static final String OTHER = "other";

    private final ModelCatalogue models;
    private final CompletionHandler completions;
    private final ChatHandler chat;
    private final ResponseHandler responses;
    private final RenderHandler completionsRender;
    private final RenderHandler chatRender;
    private final EmbeddingHandler embeddings;
    private final TokenizerRoutes tokenizer;
    private final OpenApiDocument openApi = new OpenApiDocument();
    private final StateHandler state;
    private final PageHandler page = new PageHandler();
    private final AdminRoutes admin;
    private final ServerMetrics metrics;
    private final Set<Route> routes = new LinkedHashSet<>();

    /** What can be asked for: a method, and a path with its parameters in braces. */
    record Route(String method, String path) {}

    PublicRoutes(
            HttpServerOptions options,
            ServedModels models,
            AdminRoutes admin,
            ServerMetrics metrics,
            SocketWatchdog watchdog) {
        BodyReader bodies = new BodyReader(options.maximumBodyBytes(), watchdog);
        GenerationResponder responder = new GenerationResponder(watchdog, options.pingInterval());
        JsonResponder json = new JsonResponder(watchdog);
        ModelConstraints constraints = new ModelConstraints();
        this.models = new ModelCatalogue(models, json);
        this.completions = new CompletionHandler(models, bodies, constraints, responder);
        this.chat = new ChatHandler(models, bodies, constraints, responder);
        this.responses = new ResponseHandler(models, bodies, constraints, responder);
        this.completionsRender = RenderHandler.ofPrompts(bodies, json, completions::job);
        this.chatRender = RenderHandler.ofConversation(bodies, json, chat::job);
        this.embeddings = new EmbeddingHandler(models, bodies, json);
        this.tokenizer = new TokenizerRoutes(models, bodies, json);
        this.state = new StateHandler(models, metrics);
        this.admin = admin;
        this.metrics = metrics;
    }

    /** Adds them. */
    void register(HttpRouting.Builder routing) {
        get(routing, "/v1/models", models::list);
        routing.get("/v1/models/{+id}", endpoint("/v1/models/{id}", models::get));
        routes.add(new Route("GET", "/v1/models/{id}"));
        post(routing, "/v1/completions", completions);
        post(routing, "/v1/completions/render", completionsRender);
        post(routing, "/v1/chat/completions", chat);
        post(routing, "/v1/chat/completions/render", chatRender);
        post(routing, "/v1/responses", responses);
        post(routing, "/v1/embeddings", embeddings);
        post(routing, "/tokenize", tokenizer::tokenize);
        post(routing, "/detokenize", tokenizer::detokenize);
        get(routing, "/tokenizer_info", tokenizer::info);
        get(routing, "/openapi.yaml", openApi::send);
        get(routing, "/v1/dendra/state", state);
        PageHandler.PATHS.forEach(path -> {
            routing.head(path, endpoint(path, page));
            routing.get(path, endpoint(path, page));
            refuseOtherMethods(routing, path, "GET, HEAD");
        });
        get(routing, "/health", admin::ready);
        routing.any(endpoint(OTHER, (request, response) -> {
            throw ApiException.unknownPath(
                    request.prologue().method().text(), request.path().path());
        }));
    }

    /** The routes that {@link #register} has added. */
    Set<Route> routes() {
        return Set.copyOf(routes);
    }

    private void get(HttpRouting.Builder routing, String path, Handler handler) {
        routing.get(path, endpoint(path, handler));
        routes.add(new Route("GET", path));
        refuseOtherMethods(routing, path, "GET");
    }

    private void post(HttpRouting.Builder routing, String path, Handler handler) {
        routing.post(path, endpoint(path, handler));
        routes.add(new Route("POST", path));
        refuseOtherMethods(routing, path, "POST");
    }

    private void refuseOtherMethods(HttpRouting.Builder routing, String path, String allowed) {
        routing.any(path, endpoint(path, (request, response) -> {
            response.header(HeaderNames.ALLOW, allowed);
            throw ApiException.wrongMethod(
                    request.prologue().method().text(), request.path().path(), allowed);
        }));
    }

    private Handler endpoint(String name, Handler handler) {
        return new Endpoint(name, metrics, handler);
    }
}
