// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Speaks the OpenAI-style completions API and takes the times of its streams. */
final class CompletionClient implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;
    private final Optional<String> apiKey;
    private final Duration timeout;

    /**
     * @param url of the server, with or without the final {@code /v1}
     * @param timeout until the answer begins
     */
    CompletionClient(URI url, Optional<String> apiKey, Duration timeout) {
        String text = url.toString().replaceAll("/+$", "");
        this.base = text.endsWith("/v1") ? text : text + "/v1";
        this.apiKey = apiKey;
        this.timeout = timeout;
    }

    /**
     * The first model that the server lists.
     *
     * @throws IOException if the server cannot be reached or lists none
     */
    String firstModel() throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request("/models").build(), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(base + "/models answers HTTP " + response.statusCode());
        }
        String id = JSON.readTree(response.body()).at("/data/0/id").asText();
        if (id.isEmpty()) {
            throw new IOException(base + "/models lists no model");
        }
        return id;
    }

    /** Streams one completion, greedily sampled, and discards its text. */
    Attempt complete(String model, String prompt, int maxTokens) throws InterruptedException {
        ObjectNode body = JSON.createObjectNode();
        body.put("model", model).put("prompt", prompt).put("max_tokens", maxTokens);
        body.put("temperature", 0).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        HttpRequest request = request("/completions")
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();

        long start = System.nanoTime();
        try {
            HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream stream = response.body()) {
                return response.statusCode() == 200
                        ? read(new ServerSentEvents(stream), start)
                        : new Attempt.Failed("HTTP " + response.statusCode());
            }
        } catch (HttpTimeoutException e) {
            return new Attempt.Failed("timeout");
        } catch (JsonProcessingException e) {
            return new Attempt.Failed("malformed event");
        } catch (IOException e) {
            return new Attempt.Failed(e.getClass().getSimpleName());
        }
    }

    @Override
    public void close() {
        http.close();
    }

    private static Attempt read(ServerSentEvents events, long start) throws IOException {
        List<Long> gaps = new ArrayList<>();
        long firstToken = 0;
        long lastToken = 0;
        Optional<JsonNode> usage = Optional.empty();
        for (Optional<String> event = events.next(); event.isPresent(); event = events.next()) {
            long now = System.nanoTime();
            if (event.get().equals("[DONE]")) {
                if (usage.isEmpty()) {
                    return new Attempt.Failed("no usage in the stream");
                }
                return new Attempt.Completed(
                        (firstToken == 0 ? now : firstToken) - start,
                        gaps,
                        now - start,
                        usage.get().path("prompt_tokens").asLong(),
                        usage.get().path("completion_tokens").asLong());
            }
            JsonNode chunk = JSON.readTree(event.get());
            if (chunk.has("error")) {
                return new Attempt.Failed("error event");
            }
            if (chunk.path("usage").isObject()) {
                usage = Optional.of(chunk.path("usage"));
            }
            if (!chunk.at("/choices/0/text").asText().isEmpty()) {
                if (firstToken == 0) {
                    firstToken = now;
                } else {
                    gaps.add(now - lastToken);
                }
                lastToken = now;
            }
        }
        return new Attempt.Failed("stream without [DONE]");
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(timeout);
        apiKey.ifPresent(key -> builder.header("Authorization", "Bearer " + key));
        return builder;
    }
}
