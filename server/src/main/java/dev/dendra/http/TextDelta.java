// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The next piece of an answer.
 *
 * @param text whole characters; empty only at the end
 * @param scores the tokens that came since the last piece, if log-probabilities were asked for
 * @param finishReason {@code stop} or {@code length} with the last piece, else null
 */
record TextDelta(
        String text, List<ScoredToken> scores, @Nullable String finishReason) {
    TextDelta {
        scores = List.copyOf(scores);
    }
}
