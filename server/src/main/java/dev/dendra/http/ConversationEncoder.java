// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.ChatDialect;
import dev.dendra.chat.ChatPrompt;
import dev.dendra.chat.ChatTurn;
import dev.dendra.tokenizer.ChatTemplateException;

/** Turns a conversation into a prompt that asks for the assistant's next turn. */
@FunctionalInterface
public interface ConversationEncoder {

    /**
     * The prompt, and how the answer is to be read.
     *
     * @throws IllegalArgumentException if the model's template does not take the conversation; its message is shown to
     *     the client
     */
    ChatPrompt encode(ChatTurn turn);

    /** Encodes as the model's own template says. */
    static ConversationEncoder of(ChatDialect dialect) {
        return turn -> {
            try {
                return dialect.prompt(turn);
            } catch (ChatTemplateException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        };
    }
}
