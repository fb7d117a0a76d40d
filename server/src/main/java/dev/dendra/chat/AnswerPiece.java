// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.List;

/**
 * What a piece of generated text says.
 *
 * @param content the next part of the answer's text
 * @param reasoning the next part of what the model thinks before it answers
 * @param calls the next parts of calls, in their order
 */
public record AnswerPiece(String content, String reasoning, List<ToolCallDelta> calls) {

    /** Copies what is mutable. */
    public AnswerPiece {
        calls = List.copyOf(calls);
    }
}
