// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.dendra.constraint.Grammar;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a request wants its answers kept to: OpenAI's {@code response_format}, and by other servers' names JSON
 * schemas, regular expressions, grammars and lists of choices.
 */
final class ConstraintReader {
    private static final int MOST_CHOICES = 10_000;

    private final List<RequestedConstraint> found = new ArrayList<>();

    private ConstraintReader() {}

    /** The constraint of a request; null if there is none. */
    static @Nullable RequestedConstraint read(RequestReader body) {
        ConstraintReader reader = new ConstraintReader();
        reader.responseFormat(body);
        reader.regex(body, "regex");
        reader.grammar(body, "grammar");
        reader.schema(body, "guided_json");
        reader.regex(body, "guided_regex");
        reader.grammar(body, "guided_grammar");
        reader.choice(body, "guided_choice");
        RequestReader outputs = body.child("structured_outputs");
        if (outputs != null) {
            reader.structuredOutputs(outputs);
        }
        if (reader.found.size() > 1) {
            throw together(reader.found.get(0), reader.found.get(1));
        }
        return reader.found.isEmpty() ? null : reader.found.getFirst();
    }

    /** The constraint of a field {@code format} as {@code /v1/responses} has it; null if there is none. */
    static @Nullable RequestedConstraint textFormat(RequestReader text) {
        RequestReader format = text.child("format");
        if (format == null) {
            return null;
        }
        ConstraintReader reader = new ConstraintReader();
        reader.format(format, format);
        return reader.found.isEmpty() ? null : reader.found.getFirst();
    }

    /** The error for a second constraint. */
    static ApiException together(RequestedConstraint first, RequestedConstraint second) {
        return ApiException.invalid(
                second.param(), "'" + first.param() + "' and '" + second.param() + "' cannot be used together.");
    }

    private void structuredOutputs(RequestReader outputs) {
        schema(outputs, "json");
        regex(outputs, "regex");
        grammar(outputs, "grammar");
        choice(outputs, "choice");
        if (outputs.flag("json_object")) {
            found.add(jsonObject(outputs.path("json_object")));
        }
        if (outputs.isSet("structural_tag")) {
            throw ApiException.unsupported(outputs.path("structural_tag"), "Structural tags are not supported.");
        }
    }

    private void responseFormat(RequestReader body) {
        RequestReader format = body.child("response_format");
        if (format != null) {
            format(format, format.child("json_schema"));
        }
    }

    /**
     * Reads a format.
     *
     * @param described where the name and the schema of {@code json_schema} stand; null if there is no such object
     */
    private void format(RequestReader format, @Nullable RequestReader described) {
        String type = format.string("type");
        if (type == null) {
            throw ApiException.invalid(format.path("type"), "'" + format.path("type") + "' is missing.");
        }
        switch (type) {
            case "text" -> {}
            case "json_object" -> {
                if (format.isSet("schema")) {
                    schema(format, "schema");
                } else {
                    found.add(jsonObject(format.path("type")));
                }
            }
            case "json_schema" -> {
                if (described == null || described.node("schema") == null) {
                    String path = described == null ? format.path("json_schema") : described.path("schema");
                    throw ApiException.invalid(path, "'" + path + "' is missing.");
                }
                described.string("name");
                described.flag("strict");
                schema(described, "schema");
            }
            default ->
                throw ApiException.unsupported(
                        format.path("type"), "'" + format.path("type") + "' must be text, json_object or json_schema.");
        }
    }

    private static RequestedConstraint jsonObject(String path) {
        return new RequestedConstraint(path, "object", Grammar::jsonObject);
    }

    private void schema(RequestReader in, String name) {
        JsonNode given = in.node(name);
        if (given == null) {
            return;
        }
        String path = in.path(name);
        JsonNode schema = given.isTextual() ? Json.readNested(given.textValue(), path) : given;
        if (!schema.isObject() && !schema.isBoolean()) {
            throw RequestReader.wrongType(path, "a JSON schema", schema);
        }
        found.add(new RequestedConstraint(path, "schema:" + schema, () -> Grammar.jsonSchema(schema)));
    }

    private void regex(RequestReader in, String name) {
        String pattern = in.string(name);
        if (pattern != null) {
            found.add(new RequestedConstraint(in.path(name), "regex:" + pattern, () -> Grammar.regex(pattern)));
        }
    }

    private void grammar(RequestReader in, String name) {
        String source = in.string(name);
        if (source != null) {
            found.add(new RequestedConstraint(in.path(name), "gbnf:" + source, () -> Grammar.gbnf(source)));
        }
    }

    private void choice(RequestReader in, String name) {
        ArrayNode choices = in.list(name);
        if (choices == null) {
            return;
        }
        String path = in.path(name);
        if (choices.isEmpty() || choices.size() > MOST_CHOICES) {
            throw ApiException.invalid(path, "'" + path + "' must have 1 to " + MOST_CHOICES + " strings.");
        }
        List<Grammar> texts = new ArrayList<>();
        for (JsonNode choice : choices) {
            if (!choice.isTextual()) {
                throw RequestReader.wrongType(path, "a list of strings", choice);
            }
            texts.add(Grammar.literal(choice.textValue()));
        }
        found.add(new RequestedConstraint(path, "choice:" + choices, () -> Grammar.choice(texts)));
    }
}
