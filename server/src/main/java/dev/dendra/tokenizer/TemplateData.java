// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Conversations as the plain values that templates read, named as in the API. Every text of it is guarded: names and
 * schemas of tools come from users as well as what messages say.
 */
final class TemplateData {
    private final ControlTokenGuard guard;

    TemplateData(ControlTokenGuard guard) {
        this.guard = guard;
    }

    /** The messages; a field is there only if the message says something about it, but for {@code content}. */
    List<Map<String, @Nullable Object>> messages(List<ChatMessage> messages) {
        List<Map<String, @Nullable Object>> values = new ArrayList<>();
        messages.forEach(message -> values.add(message(message)));
        return values;
    }

    private Map<String, @Nullable Object> message(ChatMessage message) {
        Map<String, @Nullable Object> value = new LinkedHashMap<>();
        value.put("role", guard.guard(message.role()));
        value.put("content", value(message.content()));
        putIfSaid(value, "reasoning_content", message.reasoning());
        putIfSaid(value, "tool_call_id", message.toolCallId());
        putIfSaid(value, "name", message.name());
        if (!message.toolCalls().isEmpty()) {
            value.put("tool_calls", message.toolCalls().stream().map(this::call).toList());
        }
        return value;
    }

    private void putIfSaid(Map<String, @Nullable Object> value, String name, @Nullable String text) {
        if (text != null) {
            value.put(name, guard.guard(text));
        }
    }

    private Map<String, @Nullable Object> call(ToolCall call) {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", guard.guard(call.name()));
        function.put("arguments", value(call.arguments()));
        Map<String, @Nullable Object> value = new LinkedHashMap<>();
        value.put("id", guard.guard(call.id()));
        value.put("type", "function");
        value.put("function", function);
        return value;
    }

    /** A copy of plain values with all texts guarded, those of keys too. */
    @Nullable
    Object value(@Nullable Object plain) {
        return switch (plain) {
            case String text -> guard.guard(text);
            case List<?> list -> {
                List<@Nullable Object> copy = new ArrayList<>();
                list.forEach(item -> copy.add(value(item)));
                yield copy;
            }
            case Map<?, ?> map -> {
                Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(value(key), value(item)));
                yield copy;
            }
            case null, default -> plain;
        };
    }
}
