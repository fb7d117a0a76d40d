// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.tokenizer.ChatMessage;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.ChatTemplateException;
import java.util.List;

/** Turns a conversation into the tokens of a prompt that asks for the assistant's next turn. */
@FunctionalInterface
public interface ConversationEncoder {

    /**
     * The prompt's tokens, begin-of-sequence included where the model wants it.
     *
     * @throws IllegalArgumentException if the model's template does not take the conversation; its message is shown to
     *     the client
     */
    int[] encode(List<ChatMessage> messages);

    /** Encodes as the model's own template says. */
    static ConversationEncoder of(ChatTemplate template) {
        return messages -> {
            try {
                return template.encode(messages, true);
            } catch (ChatTemplateException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        };
    }
}
