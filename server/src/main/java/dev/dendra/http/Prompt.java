// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.AnswerSyntax;
import dev.dendra.chat.ChatPrompt;

/**
 * A prompt as the engine takes it and as {@code echo} shows it.
 *
 * @param tokens at least one; not to be changed
 * @param text what the client sent, or what the token ids it sent stand for; empty for a conversation, which has no echo
 * @param answer how what follows it is read
 */
@SuppressWarnings("ArrayRecordComponent") // package-private, and the engine copies the array again
record Prompt(int[] tokens, String text, AnswerSyntax answer) {

    /** A conversation. */
    static Prompt of(ChatPrompt prompt) {
        return new Prompt(prompt.tokens(), "", prompt.syntax());
    }

    /** A prompt that plain text follows. */
    Prompt(int[] tokens, String text) {
        this(tokens, text, AnswerSyntax.PLAIN);
    }
}
