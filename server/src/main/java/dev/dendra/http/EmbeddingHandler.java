// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.Embedding;
import dev.dendra.engine.EmbeddingException;
import dev.dendra.engine.EmbeddingService;
import dev.dendra.engine.EngineException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/** {@code POST /v1/embeddings}. */
final class EmbeddingHandler implements Handler {
    private final ServedModels models;
    private final BodyReader bodies;
    private final JsonResponder json;

    EmbeddingHandler(ServedModels models, BodyReader bodies, JsonResponder json) {
        this.models = models;
        this.bodies = bodies;
        this.json = json;
    }

    /** A request and who answers it. */
    private record Job(ServedModel model, EmbeddingService service, EmbeddingRequest request) {}

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
        Job job = bodies.read(request, this::job);
        List<int[]> prompts =
                job.request().prompts().stream().map(Prompt::tokens).toList();
        RequestTrace trace = RequestTrace.current();
        trace.asks(job.model().id());
        List<Embedding> embeddings = embed(job, prompts);
        int tokens = embeddings.stream().mapToInt(Embedding::promptTokens).sum();
        trace.used(Usage.ofTokens(tokens, 0, 0, 0), null);
        json.send(response, answer(job, embeddings, tokens));
    }

    private static List<Embedding> embed(Job job, List<int[]> prompts) throws InterruptedException {
        EmbeddingRequest request = job.request();
        try {
            return job.service().embed(prompts, request.pooling(), request.terms(), GenerationResponder::requireClient);
        } catch (EngineException e) {
            throw ApiException.of(e, "input");
        } catch (EmbeddingException e) {
            String message = String.valueOf(e.getMessage());
            throw switch (e.kind()) {
                case DEADLINE -> ApiException.deadlineExceeded(message);
                // Texts that are embedded keep to no grammar.
                case CONSTRAINT, ERROR -> ApiException.internal(message);
            };
        }
    }

    private Job job(RequestReader body) {
        ServedModel model = models.named(body.string("model"));
        EmbeddingService service = model.embeddings();
        if (service == null) {
            // Not 501, which clients take for a failure and try again.
            throw ApiException.unsupported("model", "The model '" + model.id() + "' makes no embeddings.");
        }
        return new Job(
                model,
                service,
                EmbeddingRequest.read(body, model.tokenizer(), service.dimensions(), model.contextLength()));
    }

    private static ObjectNode answer(Job job, List<Embedding> embeddings, int tokens) {
        ObjectNode answer = Json.object().put("object", "list");
        ArrayNode data = answer.putArray("data");
        for (int i = 0; i < embeddings.size(); i++) {
            Embedding embedding = embeddings.get(i);
            ObjectNode entry = data.addObject().put("object", "embedding").put("index", i);
            switch (job.request().encoding()) {
                case FLOAT -> numbers(entry.putArray("embedding"), embedding.vector());
                case BASE64 -> entry.put("embedding", base64(embedding.vector()));
            }
        }
        answer.put("model", job.model().id());
        answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return answer;
    }

    private static void numbers(ArrayNode list, float[] vector) {
        for (float element : vector) {
            list.add(element);
        }
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
