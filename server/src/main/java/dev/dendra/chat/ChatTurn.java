// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import dev.dendra.tokenizer.ChatMessage;
import java.util.List;
import java.util.Map;

/**
 * A conversation whose next turn is the assistant's.
 *
 * @param messages what was said so far
 * @param tools that are on offer
 * @param choice whether they are called
 * @param severalCalls whether there may be more than one call
 * @param variables what else the template is told
 */
public record ChatTurn(
        List<ChatMessage> messages,
        List<ToolDefinition> tools,
        ToolChoice choice,
        boolean severalCalls,
        Map<String, Object> variables) {

    /** Copies what is mutable. */
    public ChatTurn {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        variables = Map.copyOf(variables);
    }

    /** A conversation without tools. */
    public static ChatTurn of(List<ChatMessage> messages) {
        return new ChatTurn(messages, List.of(), new ToolChoice.None(), true, Map.of());
    }
}
