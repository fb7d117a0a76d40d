// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What to load, and how to speak to it. */
final class ServerOptions {

    @Option(names = "--url", defaultValue = "http://127.0.0.1:8080", description = "Server, default ${DEFAULT-VALUE}.")
    private URI url = URI.create("http://127.0.0.1:8080");

    @Option(names = "--model", description = "Model name, default the first that the server lists.")
    private @Nullable String model;

    @Option(
            names = "--endpoint",
            defaultValue = "completions",
            description = "completions or chat, default ${DEFAULT-VALUE}.")
    private String endpoint = "completions";

    @Option(names = "--api-key", description = "Sent as a bearer token.")
    private @Nullable String apiKey;

    @Option(
            names = "--body",
            paramLabel = "JSON",
            description = "Object with further fields of every request, such as '{\"temperature\":0.7}'.")
    private @Nullable String body;

    @Option(
            names = "--timeout",
            defaultValue = "300s",
            description = "For a request, from sending it to its end, default ${DEFAULT-VALUE}.")
    private String timeout = "300s";

    @Option(
            names = "--metrics-url",
            description = "The server's metrics, such as http://127.0.0.1:9090/metrics, read before and after each run"
                    + " and compared with what this client saw.")
    private @Nullable URI metricsUrl;

    URI url() {
        return web("--url", url);
    }

    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    Optional<String> apiKey() {
        return Optional.ofNullable(apiKey);
    }

    Optional<URI> metricsUrl() {
        return Optional.ofNullable(metricsUrl).map(given -> web("--metrics-url", given));
    }

    Endpoint endpoint() {
        return switch (endpoint.toLowerCase(Locale.ROOT)) {
            case "completions" -> Endpoint.COMPLETIONS;
            case "chat" -> Endpoint.CHAT;
            default -> throw new BadInput("--endpoint must be completions or chat, got " + endpoint);
        };
    }

    Duration timeout() {
        return Durations.parse("--timeout", timeout);
    }

    ObjectNode body() {
        ObjectMapper json = new ObjectMapper();
        if (body == null) {
            return json.createObjectNode();
        }
        try {
            JsonNode given = json.readTree(body);
            if (given instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new BadInput("--body is not JSON: " + e.getOriginalMessage());
        }
        throw new BadInput("--body must be a JSON object, got " + body);
    }

    private static URI web(String option, URI uri) {
        boolean isWeb = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!isWeb || uri.getHost() == null) {
            throw new BadInput(option + " must be http://host[:port] or https://..., got " + uri);
        }
        return uri;
    }
}
