// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads JSON that may be hostile, and writes ours. */
final class Json {
    /** Deepest nesting of a request body; the deepest that the API itself needs is about 6. */
    static final int MAXIMUM_NESTING = 64;

    private static final int MAXIMUM_NUMBER_LENGTH = 64;
    private static final int MAXIMUM_NAME_LENGTH = 256;

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAXIMUM_NESTING)
                            .maxNumberLength(MAXIMUM_NUMBER_LENGTH)
                            .maxNameLength(MAXIMUM_NAME_LENGTH)
                            .build())
                    // Two readers that pick different ones of two equal keys would disagree on what was asked.
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /**
     * Reads one JSON object.
     *
     * @throws ApiException if the bytes are anything else, or nested, numbered or named beyond the limits above
     */
    static ObjectNode readObject(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw ApiException.invalid(null, "The body is not valid JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw ApiException.invalid(null, "The body is not valid JSON: it is not UTF-8 text.");
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.invalid(null, "The body is not a JSON object.");
    }

    /** The object that {@code text} is, read with the same limits; null if it is anything else. */
    static @Nullable ObjectNode objectOrNull(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /**
     * Reads JSON that a request has in a string.
     *
     * @param path of the field, for errors
     */
    static JsonNode readNested(String text, String path) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw ApiException.invalid(path, "'" + path + "' is not valid JSON: " + e.getOriginalMessage());
        }
    }

    /** UTF-8 text of {@code node}, on one line. Unpaired surrogates, which clients can send, become question marks. */
    static byte[] write(JsonNode node) {
        try {
            // Not writeValueAsBytes, which fails on unpaired surrogates.
            return MAPPER.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An empty object. */
    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** An empty array. */
    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }
}
