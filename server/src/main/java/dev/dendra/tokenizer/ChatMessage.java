// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, {@code tool} or what else a template knows
 * @param content its text; null where an assistant only called tools
 * @param reasoning what an assistant thought before it answered; null if nothing is known of it
 * @param toolCalls the calls that an assistant made; empty for none
 * @param toolCallId the call that a tool answers; null if it is not said
 * @param name of the tool that answers, or of who speaks; null if it is not said
 */
public record ChatMessage(
        String role,
        @Nullable String content,
        @Nullable String reasoning,
        List<ToolCall> toolCalls,
        @Nullable String toolCallId,
        @Nullable String name) {

    /** Copies what is mutable. */
    public ChatMessage {
        toolCalls = List.copyOf(toolCalls);
    }

    /** A message of text alone. */
    public ChatMessage(String role, String content) {
        this(role, content, null, List.of(), null, null);
    }
}
