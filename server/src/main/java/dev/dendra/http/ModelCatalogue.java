// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}. */
final class ModelCatalogue {
    private final ServedModel model;

    ModelCatalogue(ServedModel model) {
        this.model = model;
    }

    /**
     * Checks the name that a request gives.
     *
     * @throws ApiException 404 if it is not the served model's; a request without a name means the served model
     */
    static void requireServed(ServedModel model, @Nullable String requested) {
        if (requested != null && !requested.equals(model.id())) {
            throw ApiException.unknownModel(requested);
        }
    }

    /** All models. */
    void list(ServerRequest request, ServerResponse response) {
        ObjectNode list = Json.object().put("object", "list");
        list.putArray("data").add(describe());
        send(response, list);
    }

    /** One model; 404 for a name that is not served. */
    void get(ServerRequest request, ServerResponse response) {
        requireServed(model, request.path().pathParameters().get("id"));
        send(response, describe());
    }

    private ObjectNode describe() {
        return Json.object()
                .put("id", model.id())
                .put("object", "model")
                .put("created", model.created().getEpochSecond())
                .put("owned_by", "dendra")
                .put("max_model_len", model.contextLength());
    }

    private static void send(ServerResponse response, ObjectNode body) {
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON);
        response.send(Json.write(body));
    }
}
