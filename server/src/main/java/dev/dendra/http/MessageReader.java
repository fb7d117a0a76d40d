// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.chat.PlainValues;
import dev.dendra.tokenizer.ChatMessage;
import dev.dendra.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the field {@code messages} of a chat request: texts, calls of tools, and what the tools said. For one request. */
final class MessageReader {
    private static final String PARAM = "messages";
    private static final int MAXIMUM_CALLS = 128;
    private static final int MAXIMUM_ID_LENGTH = 256;

    /** Names of the tools by the ids of the calls so far, for templates that want names beside results. */
    private final Map<String, String> calledNames = new HashMap<>();

    private MessageReader() {}

    /** The conversation so far; at least one message. */
    static List<ChatMessage> read(RequestReader body) {
        ArrayNode list = body.list(PARAM);
        if (list == null) {
            throw missing(PARAM);
        }
        if (list.isEmpty()) {
            throw ApiException.invalid(PARAM, "'messages' is empty.");
        }
        MessageReader reader = new MessageReader();
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(reader.message(RequestReader.of(list.get(i), PARAM + "[" + i + "]")));
        }
        return messages;
    }

    private ChatMessage message(RequestReader message) {
        String role = message.string("role");
        if (role == null) {
            throw missing(message.path("role"));
        }
        if (message.isSet("function_call")) {
            throw ApiException.unsupported(
                    message.path("function_call"), "'function_call' is out of use; write 'tool_calls' instead.");
        }
        return switch (role) {
            case "system", "user" -> said(role, message);
            // the newer name of the same thing; templates know the older one
            case "developer" -> said("system", message);
            case "assistant" -> answered(message);
            case "tool" -> result(message);
            case "function" ->
                throw ApiException.unsupported(
                        message.path("role"), "The role 'function' is out of use; answer with the role 'tool'.");
            default ->
                throw ApiException.invalid(
                        message.path("role"),
                        "'" + message.path("role") + "' must be one of system, developer, user, assistant, tool.");
        };
    }

    private static ChatMessage said(String role, RequestReader message) {
        refuseCalls(message);
        return new ChatMessage(role, content(message), null, List.of(), null, message.string("name"));
    }

    private ChatMessage answered(RequestReader message) {
        List<ToolCall> calls = calls(message);
        String content = message.node("content") == null ? null : content(message);
        return new ChatMessage(
                "assistant",
                content == null && calls.isEmpty() ? "" : content,
                message.string("reasoning_content"),
                calls,
                null,
                message.string("name"));
    }

    private ChatMessage result(RequestReader message) {
        refuseCalls(message);
        String id = text(message, "tool_call_id", MAXIMUM_ID_LENGTH);
        String name = message.string("name");
        return new ChatMessage(
                "tool", content(message), null, List.of(), id, name == null ? calledNames.get(id) : name);
    }

    private static void refuseCalls(RequestReader message) {
        if (message.isSet("tool_calls")) {
            throw ApiException.invalid(
                    message.path("tool_calls"), "Only messages of the assistant can have 'tool_calls'.");
        }
    }

    private List<ToolCall> calls(RequestReader message) {
        ArrayNode list = message.list("tool_calls");
        if (list == null) {
            return List.of();
        }
        String path = message.path("tool_calls");
        if (list.size() > MAXIMUM_CALLS) {
            throw ApiException.invalid(path, "'" + path + "' has more than " + MAXIMUM_CALLS + " calls.");
        }
        List<ToolCall> calls = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            ToolCall call = call(RequestReader.of(list.get(i), path + "[" + i + "]"));
            calledNames.put(call.id(), call.name());
            calls.add(call);
        }
        return calls;
    }

    private static ToolCall call(RequestReader call) {
        ToolOptions.requireFunction(call);
        RequestReader function = call.child("function");
        if (function == null) {
            throw missing(call.path("function"));
        }
        return new ToolCall(text(call, "id", MAXIMUM_ID_LENGTH), ToolOptions.name(function), arguments(function));
    }

    /**
     * Templates want an object. Where a model's words were none, such as those of an answer that was cut off, the text
     * is passed on as it is.
     */
    private static Object arguments(RequestReader function) {
        String text = function.string("arguments");
        if (text == null || text.isBlank()) {
            return Map.of();
        }
        ObjectNode object = Json.objectOrNull(text);
        return object == null ? text : PlainValues.of(object);
    }

    private static String text(RequestReader object, String name, int longest) {
        String text = object.string(name);
        String path = object.path(name);
        if (text == null) {
            throw missing(path);
        }
        if (text.isEmpty() || text.length() > longest) {
            throw ApiException.invalid(path, "'" + path + "' must have 1 to " + longest + " characters.");
        }
        return text;
    }

    private static String content(RequestReader message) {
        JsonNode content = message.node("content");
        if (content == null) {
            throw missing(message.path("content"));
        }
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw RequestReader.wrongType(message.path("content"), "a string or a list of parts", content);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            text.append(textPart(RequestReader.of(content.get(i), message.path("content") + "[" + i + "]")));
        }
        return text.toString();
    }

    private static String textPart(RequestReader part) {
        String type = part.string("type");
        if (type == null || !type.equals("text")) {
            throw ApiException.unsupported(part.path("type"), "Only content parts of the type 'text' are supported.");
        }
        String text = part.string("text");
        if (text == null) {
            throw missing(part.path("text"));
        }
        return text;
    }

    private static ApiException missing(String path) {
        return ApiException.invalid(path, "'" + path + "' is missing.");
    }
}
