// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}. */
final class ModelCatalogue {
    private final ServedModels models;
    private final JsonResponder json;

    ModelCatalogue(ServedModels models, JsonResponder json) {
        this.models = models;
        this.json = json;
    }

    /** All models, those still being loaded among them. */
    void list(ServerRequest request, ServerResponse response) {
        ObjectNode list = Json.object().put("object", "list");
        ArrayNode data = list.putArray("data");
        models.all().forEach(model -> data.add(describe(model)));
        json.send(response, list);
    }

    /** One model; 404 for a name that is not served. */
    void get(ServerRequest request, ServerResponse response) {
        json.send(
                response, describe(models.named(request.path().pathParameters().get("id"))));
    }

    private static ObjectNode describe(ServedModel model) {
        return Json.object()
                .put("id", model.id())
                .put("object", "model")
                .put("created", model.created().getEpochSecond())
                .put("owned_by", "dendra")
                .put("max_model_len", model.contextLength());
    }
}
