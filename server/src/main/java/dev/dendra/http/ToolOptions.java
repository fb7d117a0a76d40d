// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.chat.ToolChoice;
import dev.dendra.chat.ToolDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The tools of a request: {@code tools}, {@code tool_choice} and {@code parallel_tool_calls}.
 *
 * @param definitions of what is on offer
 * @param choice whether it is called
 * @param severalCalls whether an answer may have more than one call
 */
record ToolOptions(List<ToolDefinition> definitions, ToolChoice choice, boolean severalCalls) {
    private static final String TOOLS = "tools";
    private static final String CHOICE = "tool_choice";
    private static final int MAXIMUM_TOOLS = 128;
    private static final int MAXIMUM_DESCRIPTION_LENGTH = 16 << 10;
    private static final int MAXIMUM_SCHEMA_LENGTH = 64 << 10;
    /** One class with a bounded count: nothing to go back over. */
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    ToolOptions {
        definitions = List.copyOf(definitions);
    }

    /** Reads and checks the fields of a body. */
    static ToolOptions read(RequestReader body) {
        for (String name : List.of("functions", "function_call")) {
            if (body.isSet(name)) {
                String now = name.equals("functions") ? TOOLS : CHOICE;
                throw ApiException.unsupported(name, "'" + name + "' is out of use; use '" + now + "' instead.");
            }
        }
        List<ToolDefinition> definitions = definitions(body);
        JsonNode several = body.node("parallel_tool_calls");
        return new ToolOptions(
                definitions, choice(body, definitions), several == null || body.flag("parallel_tool_calls"));
    }

    private static List<ToolDefinition> definitions(RequestReader body) {
        ArrayNode list = body.list(TOOLS);
        if (list == null) {
            return List.of();
        }
        if (list.size() > MAXIMUM_TOOLS) {
            throw ApiException.invalid(TOOLS, "'tools' has more than " + MAXIMUM_TOOLS + " tools.");
        }
        List<ToolDefinition> definitions = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < list.size(); i++) {
            String path = TOOLS + "[" + i + "]";
            RequestReader tool = RequestReader.of(list.get(i), path);
            requireFunction(tool);
            RequestReader function = tool.child("function");
            if (function == null) {
                throw missing(tool.path("function"));
            }
            ToolDefinition definition = definition(function);
            if (!names.add(definition.name())) {
                throw ApiException.invalid(
                        function.path("name"), "Two tools have the name '" + definition.name() + "'.");
            }
            definitions.add(definition);
        }
        return definitions;
    }

    /** Checks that the field {@code type} of a tool or a call says {@code function}. */
    static void requireFunction(RequestReader object) {
        String type = object.string("type");
        String path = object.path("type");
        if (type == null) {
            throw missing(path);
        }
        if (!type.equals("function")) {
            throw ApiException.unsupported(path, "'" + path + "' must be 'function'.");
        }
    }

    /** The field {@code name} of a function. */
    static String name(RequestReader function) {
        String name = function.string("name");
        String path = function.path("name");
        if (name == null) {
            throw missing(path);
        }
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid(
                    path, "'" + path + "' must have 1 to 64 letters, digits, underscores and hyphens.");
        }
        return name;
    }

    private static ToolDefinition definition(RequestReader function) {
        String name = name(function);
        String description = function.string("description");
        if (description != null && description.length() > MAXIMUM_DESCRIPTION_LENGTH) {
            throw tooLong(function.path("description"), MAXIMUM_DESCRIPTION_LENGTH);
        }
        ObjectNode parameters = function.objectNode("parameters");
        if (parameters != null && parameters.toString().length() > MAXIMUM_SCHEMA_LENGTH) {
            throw tooLong(function.path("parameters"), MAXIMUM_SCHEMA_LENGTH);
        }
        return new ToolDefinition(name, description, parameters, function.flag("strict"));
    }

    private static ToolChoice choice(RequestReader body, List<ToolDefinition> definitions) {
        JsonNode choice = body.node(CHOICE);
        if (choice == null) {
            return definitions.isEmpty() ? new ToolChoice.None() : new ToolChoice.Auto();
        }
        if (choice.isTextual()) {
            return switch (choice.textValue()) {
                case "none" -> new ToolChoice.None();
                case "auto" -> definitions.isEmpty() ? new ToolChoice.None() : new ToolChoice.Auto();
                case "required" -> {
                    requireTools(definitions);
                    yield new ToolChoice.Required();
                }
                default ->
                    throw ApiException.invalid(
                            CHOICE, "'tool_choice' must be none, auto, required or an object that names a function.");
            };
        }
        if (!choice.isObject()) {
            throw RequestReader.wrongType(CHOICE, "a string or an object", choice);
        }
        RequestReader object = RequestReader.of(choice, CHOICE);
        requireFunction(object);
        RequestReader function = object.child("function");
        if (function == null) {
            throw missing(object.path("function"));
        }
        String name = name(function);
        requireTools(definitions);
        if (definitions.stream().noneMatch(tool -> tool.name().equals(name))) {
            throw ApiException.invalid(function.path("name"), "'tools' has no tool of the name '" + name + "'.");
        }
        return new ToolChoice.Named(name);
    }

    private static void requireTools(List<ToolDefinition> definitions) {
        if (definitions.isEmpty()) {
            throw ApiException.invalid(CHOICE, "'tool_choice' asks for a call, but there are no 'tools'.");
        }
    }

    private static ApiException tooLong(String path, int limit) {
        return ApiException.invalid(path, "'" + path + "' has more than " + limit + " characters.");
    }

    private static ApiException missing(String path) {
        return ApiException.invalid(path, "'" + path + "' is missing.");
    }
}
