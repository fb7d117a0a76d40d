// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.ToolCallDelta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The next piece of an answer; it says something, or is the last.
 *
 * @param text whole characters
 * @param reasoning what the model thought before it answered, in whole characters
 * @param calls pieces of calls of tools
 * @param scores the tokens that came since the last piece, if log-probabilities were asked for
 * @param finishReason {@code stop}, {@code length} or {@code tool_calls} with the last piece, else null
 */
record TextDelta(
        String text,
        String reasoning,
        List<ToolCallDelta> calls,
        List<ScoredToken> scores,
        @Nullable String finishReason) {
    TextDelta {
        calls = List.copyOf(calls);
        scores = List.copyOf(scores);
    }

    /** A piece of text alone. */
    TextDelta(String text, List<ScoredToken> scores, @Nullable String finishReason) {
        this(text, "", List.of(), scores, finishReason);
    }
}
