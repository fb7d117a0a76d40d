// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.dendra.tokenizer.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request to {@code /v1/chat/completions}, checked.
 *
 * @param options what both endpoints know
 * @param messages the conversation so far
 * @param maximumTokens most tokens to generate for a choice; empty for all that the context has room for
 * @param logprobs alternatives for each token, or -1 for no log-probabilities
 */
record ChatRequest(GenerationOptions options, List<ChatMessage> messages, OptionalInt maximumTokens, int logprobs) {
    private static final int MAXIMUM_TOP_LOGPROBS = 20;

    ChatRequest {
        messages = List.copyOf(messages);
    }

    /**
     * Reads and checks {@code body}.
     *
     * @param vocabularySize bounds the token ids of {@code logit_bias}
     */
    static ChatRequest read(RequestReader body, int vocabularySize) {
        refuseUnsupported(body);
        GenerationOptions options = GenerationOptions.read(body, vocabularySize);
        OptionalInt maximumTokens = body.integer("max_tokens", 1, Integer.MAX_VALUE);
        OptionalInt maximumCompletionTokens = body.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        return new ChatRequest(
                options,
                messages(body),
                maximumCompletionTokens.isPresent() ? maximumCompletionTokens : maximumTokens,
                logprobs(body));
    }

    private static void refuseUnsupported(RequestReader body) {
        for (String name : List.of("tools", "functions")) {
            if (body.isSet(name)) {
                throw ApiException.unsupported(name, "'" + name + "' is not supported: this server calls no tools.");
            }
        }
    }

    private static int logprobs(RequestReader body) {
        boolean wanted = body.flag("logprobs");
        OptionalInt top = body.integer("top_logprobs", 0, MAXIMUM_TOP_LOGPROBS);
        if (top.isPresent() && top.getAsInt() > 0 && !wanted) {
            throw ApiException.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
        }
        return wanted ? top.orElse(0) : GenerationSpecification.NO_LOGPROBS;
    }

    private static List<ChatMessage> messages(RequestReader body) {
        ArrayNode list = body.list("messages");
        if (list == null) {
            throw ApiException.invalid("messages", "'messages' is missing.");
        }
        if (list.isEmpty()) {
            throw ApiException.invalid("messages", "'messages' is empty.");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(RequestReader.of(list.get(i), "messages[" + i + "]")));
        }
        return messages;
    }

    private static ChatMessage message(RequestReader message) {
        String role = message.string("role");
        if (role == null) {
            throw ApiException.invalid(message.path("role"), "'" + message.path("role") + "' is missing.");
        }
        String templateRole = switch (role) {
            case "system", "user", "assistant", "tool" -> role;
            // the newer name of the same thing; templates know the older one
            case "developer" -> "system";
            default ->
                throw ApiException.invalid(
                        message.path("role"),
                        "'" + message.path("role") + "' must be one of system, developer, user, assistant, tool.");
        };
        for (String name : List.of("tool_calls", "function_call")) {
            if (message.isSet(name)) {
                throw ApiException.unsupported(message.path(name), "'" + name + "' is not supported.");
            }
        }
        return new ChatMessage(templateRole, content(message, role));
    }

    private static String content(RequestReader message, String role) {
        JsonNode content = message.node("content");
        if (content == null) {
            if (role.equals("assistant")) {
                return "";
            }
            throw ApiException.invalid(message.path("content"), "'" + message.path("content") + "' is missing.");
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
            throw ApiException.invalid(part.path("text"), "'" + part.path("text") + "' is missing.");
        }
        return text;
    }
}
