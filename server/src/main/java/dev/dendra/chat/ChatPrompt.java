// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.Optional;

/**
 * What the model is given for a turn, and how its answer is to be read.
 *
 * @param tokens of the prompt, begin-of-sequence included where the model wants it
 * @param syntax of the answer
 * @param forced what the answer has to be where a call was asked for; nothing where the model is free
 */
@SuppressWarnings("ArrayRecordComponent") // goes straight to the engine, which copies it
public record ChatPrompt(int[] tokens, AnswerSyntax syntax, Optional<CallPattern> forced) {

    /** A prompt after which the model is free. */
    public ChatPrompt(int[] tokens, AnswerSyntax syntax) {
        this(tokens, syntax, Optional.empty());
    }
}
