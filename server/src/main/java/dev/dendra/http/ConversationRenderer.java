// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.tokenizer.ChatMessage;
import java.util.List;

/** Turns a conversation into a prompt that asks for the assistant's next turn. */
@FunctionalInterface
public interface ConversationRenderer {

    /**
     * The prompt's tokens. What the messages say is text: it makes no control tokens.
     *
     * @throws IllegalArgumentException if the conversation is not one that the model knows; its message is shown to the
     *     client
     */
    int[] encode(List<ChatMessage> messages);
}
