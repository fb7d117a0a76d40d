// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Reads {@code chat_template_kwargs}: variables for the chat template. Only those that published templates ask for, and
 * single values only, so that no request can stand in for the conversation or make a template do what it was not
 * written for.
 */
final class TemplateVariables {
    private static final String PARAM = "chat_template_kwargs";
    private static final int MAXIMUM_LENGTH = 256;

    private enum Kind {
        FLAG,
        TEXT
    }

    private static final Map<String, Kind> KNOWN = Map.of(
            "enable_thinking", Kind.FLAG,
            "thinking", Kind.FLAG,
            "preserve_thinking", Kind.FLAG,
            "clear_thinking", Kind.FLAG,
            "tools_in_user_message", Kind.FLAG,
            "reasoning_effort", Kind.TEXT,
            "date_string", Kind.TEXT);

    private TemplateVariables() {}

    /** The variables by name; empty for none. */
    static Map<String, Object> read(RequestReader body) {
        ObjectNode object = body.objectNode(PARAM);
        if (object == null) {
            return Map.of();
        }
        RequestReader fields = RequestReader.of(object, PARAM);
        Map<String, Object> variables = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            String name = entry.getKey();
            Kind kind = KNOWN.get(name);
            if (kind == null) {
                throw ApiException.unsupported(
                        PARAM,
                        "'" + PARAM + "' may have only these: " + String.join(", ", new TreeSet<>(KNOWN.keySet()))
                                + ".");
            }
            if (!entry.getValue().isNull()) {
                variables.put(name, kind == Kind.FLAG ? (Object) fields.flag(name) : text(fields, name));
            }
        }
        return variables;
    }

    private static String text(RequestReader fields, String name) {
        String text = String.valueOf(fields.string(name));
        if (text.length() > MAXIMUM_LENGTH) {
            throw ApiException.invalid(
                    fields.path(name), "'" + fields.path(name) + "' has more than " + MAXIMUM_LENGTH + " characters.");
        }
        return text;
    }
}
