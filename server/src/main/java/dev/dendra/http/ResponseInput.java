// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dendra.tokenizer.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the conversation of a request to {@code /v1/responses}: {@code instructions}, then {@code input}. */
final class ResponseInput {
    private static final String INPUT = "input";
    private static final int MAXIMUM_ITEMS = 4096;

    private ResponseInput() {}

    /** The messages in their order; at least one. */
    static List<ChatMessage> read(RequestReader body) {
        List<ChatMessage> messages = new ArrayList<>();
        String instructions = body.string("instructions");
        if (instructions != null && !instructions.isEmpty()) {
            messages.add(new ChatMessage("system", instructions));
        }
        JsonNode input = body.node(INPUT);
        if (input == null) {
            throw ApiException.invalid(INPUT, "'input' is missing.");
        }
        if (input.isTextual()) {
            messages.add(new ChatMessage("user", input.textValue()));
            return messages;
        }
        if (!input.isArray()) {
            throw RequestReader.wrongType(INPUT, "a string or a list of items", input);
        }
        if (input.isEmpty() || input.size() > MAXIMUM_ITEMS) {
            throw ApiException.invalid(INPUT, "'input' must have 1 to " + MAXIMUM_ITEMS + " items.");
        }
        for (int i = 0; i < input.size(); i++) {
            ChatMessage message = item(RequestReader.of(input.get(i), INPUT + "[" + i + "]"));
            if (message != null) {
                messages.add(message);
            }
        }
        return messages;
    }

    /** A message; null for an item that says nothing to the model. */
    private static @Nullable ChatMessage item(RequestReader item) {
        String type = item.string("type");
        if (type == null || type.equals("message")) {
            return new ChatMessage(role(item), content(item));
        }
        if (type.equals("reasoning")) {
            // What a model thought in earlier turns; templates leave it out.
            return null;
        }
        throw ApiException.unsupported(
                item.path("type"), "Only items of the types message and reasoning are supported.");
    }

    private static String role(RequestReader item) {
        String role = item.string("role");
        String path = item.path("role");
        if (role == null) {
            throw ApiException.invalid(path, "'" + path + "' is missing.");
        }
        return switch (role) {
            case "system", "user", "assistant" -> role;
            // the newer name of the same thing; templates know the older one
            case "developer" -> "system";
            default ->
                throw ApiException.invalid(path, "'" + path + "' must be one of system, developer, user, assistant.");
        };
    }

    private static String content(RequestReader item) {
        JsonNode content = item.node("content");
        String path = item.path("content");
        if (content == null) {
            throw ApiException.invalid(path, "'" + path + "' is missing.");
        }
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw RequestReader.wrongType(path, "a string or a list of parts", content);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            text.append(part(RequestReader.of(content.get(i), path + "[" + i + "]")));
        }
        return text.toString();
    }

    private static String part(RequestReader part) {
        String type = part.string("type");
        if (type == null || !(type.equals("input_text") || type.equals("output_text") || type.equals("text"))) {
            throw ApiException.unsupported(
                    part.path("type"), "Only content parts of the types input_text and output_text are supported.");
        }
        String text = part.string("text");
        if (text == null) {
            throw ApiException.invalid(part.path("text"), "'" + part.path("text") + "' is missing.");
        }
        return text;
    }
}
