// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.List;
import java.util.Map;

/**
 * What a chat template is given.
 *
 * @param messages the conversation so far
 * @param tools definitions as plain values, in the shape of the API: {@code {type, function: {name, description,
 *     parameters}}}; empty for none
 * @param variables what else the template may ask for, such as {@code enable_thinking}; they hide none of its own
 *     variables: neither these nor those named by {@link ChatTemplate#isReserved}
 */
public record ChatInput(List<ChatMessage> messages, List<Map<String, Object>> tools, Map<String, Object> variables) {

    /** Copies what is mutable. */
    public ChatInput {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        variables = Map.copyOf(variables);
    }

    /** A conversation without tools. */
    public static ChatInput of(List<ChatMessage> messages) {
        return new ChatInput(messages, List.of(), Map.of());
    }
}
