// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The two forms of the API that stream text. */
enum Endpoint {
    COMPLETIONS("/completions") {
        @Override
        void put(JsonNode content, ObjectNode body) {
            body.set("prompt", content);
        }

        @Override
        boolean accepts(JsonNode content) {
            return content.isTextual();
        }

        @Override
        boolean hasText(JsonNode choice) {
            return !choice.path("text").asText("").isEmpty();
        }
    },
    CHAT("/chat/completions") {
        @Override
        void put(JsonNode content, ObjectNode body) {
            if (content.isTextual()) {
                body.putArray("messages").addObject().put("role", "user").set("content", content);
            } else {
                body.set("messages", content);
            }
        }

        @Override
        boolean accepts(JsonNode content) {
            return true;
        }

        @Override
        boolean hasText(JsonNode choice) {
            JsonNode delta = choice.path("delta");
            return GENERATED.stream()
                            .anyMatch(name -> !delta.path(name).asText("").isEmpty())
                    || !delta.path("tool_calls").isEmpty();
        }
    };

    /** Where chat servers put what a model says and what it thinks; a delta with a role alone has neither. */
    private static final List<String> GENERATED = List.of("content", "reasoning_content", "reasoning", "refusal");

    private final String path;

    Endpoint(String path) {
        this.path = path;
    }

    /** Below {@code /v1}. */
    String path() {
        return path;
    }

    /** Puts a prompt's content where the endpoint wants it. */
    abstract void put(JsonNode content, ObjectNode body);

    /** Whether {@link #put} can be given this content. */
    abstract boolean accepts(JsonNode content);

    /** Whether a choice of a stream's chunk brings generated text. */
    abstract boolean hasText(JsonNode choice);
}
