// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A way to one OpenAI-style server, with as many connections as there are requests. */
final class ApiConnection implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(30))
            .executor(threads)
            .build();
    private final String root;
    private final Optional<String> apiKey;
    private final Duration timeout;

    /**
     * @param url of the server, with or without the final {@code /v1}
     * @param timeout until an answer begins
     */
    ApiConnection(URI url, Optional<String> apiKey, Duration timeout) {
        String text = url.toString().replaceAll("/+$", "");
        this.root = text.endsWith("/v1") ? text.substring(0, text.length() - "/v1".length()) : text;
        this.apiKey = apiKey;
        this.timeout = timeout;
    }

    HttpClient http() {
        return http;
    }

    /** A request to a path of the API, with the key. */
    HttpRequest.Builder request(String path) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(root + path)).timeout(timeout);
        apiKey.ifPresent(key -> builder.header("Authorization", "Bearer " + key));
        return builder;
    }

    /**
     * The first model that the server lists.
     *
     * @throws IOException if the server cannot be reached or lists none
     */
    String firstModel() throws IOException, InterruptedException {
        String id = json(request("/v1/models").build()).at("/data/0/id").asText("");
        if (id.isEmpty()) {
            throw new IOException(root + "/v1/models lists no model");
        }
        return id;
    }

    /** Counts tokens as the server's {@code /tokenize} does: vLLM's answer has a count, llama-server's the tokens. */
    TokenCounter tokenCounter(String model) {
        return text -> {
            ObjectNode body = JSON.createObjectNode().put("model", model);
            body.put("prompt", text).put("content", text).put("add_special", true);
            JsonNode answer = json(request("/tokenize")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                    .build());
            if (answer.path("count").canConvertToInt() && answer.path("count").isInt()) {
                return answer.get("count").asInt();
            }
            if (!answer.path("tokens").isArray()) {
                throw new IOException("/tokenize answers without tokens");
            }
            return answer.get("tokens").size();
        };
    }

    @Override
    public void close() {
        http.close();
        threads.close();
    }

    private JsonNode json(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(request.uri().getPath() + " answers HTTP " + response.statusCode());
        }
        return JSON.readTree(response.body());
    }
}
