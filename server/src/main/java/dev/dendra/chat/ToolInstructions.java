// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dendra.tokenizer.ChatMessage;
import dev.dendra.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tools for models whose template knows none: their definitions and the way to call them become part of the first
 * message, earlier calls the text of the assistant's messages, and results the user's, in the manner of the Hermes 2 Pro
 * models.
 */
final class ToolInstructions {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ToolCallFormat format;
    private final boolean asSystem;

    /**
     * For one model.
     *
     * @param format in which it shall call
     * @param asSystem whether its template takes system messages; without, the first user message carries the tools
     */
    ToolInstructions(ToolCallFormat format, boolean asSystem) {
        this.format = format;
        this.asSystem = asSystem;
    }

    /** The conversation in roles and texts alone, which begins with {@code tools} if there are any. */
    List<ChatMessage> applyTo(List<ChatMessage> messages, List<ToolDefinition> tools) {
        List<ChatMessage> plain = new ArrayList<>();
        List<String> results = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (message.role().equals("tool")) {
                results.add(result(message));
                continue;
            }
            addResults(results, plain);
            plain.add(message.toolCalls().isEmpty() ? message : calling(message));
        }
        addResults(results, plain);
        if (!tools.isEmpty()) {
            introduce(tools, plain);
        }
        return plain;
    }

    /** Results of several calls are one message: many templates want roles to alternate. */
    private static void addResults(List<String> results, List<ChatMessage> plain) {
        if (!results.isEmpty()) {
            plain.add(new ChatMessage("user", String.join("\n", results)));
            results.clear();
        }
    }

    private static String result(ChatMessage message) {
        return "<tool_response>\n" + text(message.content()) + "\n</tool_response>";
    }

    private ChatMessage calling(ChatMessage message) {
        String calls = message.toolCalls().stream().map(this::written).collect(Collectors.joining("\n"));
        String before = text(message.content());
        return new ChatMessage(message.role(), before.isEmpty() ? calls : before + "\n" + calls);
    }

    private String written(ToolCall call) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", call.name());
        object.put(format.argumentsKey(), call.arguments());
        return around(json(object));
    }

    private String around(String call) {
        String open = format.open().isEmpty() ? "" : format.open() + "\n";
        return open + call + (format.close().isEmpty() ? "" : "\n" + format.close());
    }

    private void introduce(List<ToolDefinition> tools, List<ChatMessage> plain) {
        String instructions = instructions(tools);
        ChatMessage first = plain.isEmpty() ? null : plain.getFirst();
        String role = asSystem ? "system" : "user";
        if (first != null && first.role().equals(role)) {
            plain.set(0, new ChatMessage(role, join(first.content(), instructions)));
        } else {
            plain.addFirst(new ChatMessage(role, instructions));
        }
    }

    private String join(@Nullable String content, String instructions) {
        String text = text(content);
        if (text.isEmpty()) {
            return instructions;
        }
        return asSystem ? text + "\n\n" + instructions : instructions + "\n\n" + text;
    }

    private String instructions(List<ToolDefinition> tools) {
        String definitions =
                tools.stream().map(tool -> json(tool.templateValue())).collect(Collectors.joining("\n"));
        return """
                You have tools. Each is described by a JSON object with its name and a JSON schema of its arguments:
                <tools>
                %s
                </tools>

                To use one, write nothing but a call of this form:
                %s
                The result is given to you between <tool_response> and </tool_response>. Answer in words when no tool is \
                needed.""".formatted(definitions, around(example()));
    }

    private String example() {
        return "{\"name\": \"<name of the tool>\", \"" + format.argumentsKey() + "\": {\"<name>\": <value>}}";
    }

    private static String text(@Nullable String content) {
        return content == null ? "" : content;
    }

    private static String json(Object plain) {
        try {
            return JSON.writeValueAsString(plain);
        } catch (JsonProcessingException e) {
            // Plain values have no other form.
            throw new IllegalStateException(e);
        }
    }
}
