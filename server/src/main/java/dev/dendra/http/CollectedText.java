// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.chat.ToolCallCollector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pieces of a choice, put together again for an answer that is not streamed. */
final class CollectedText {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final ToolCallCollector calls = new ToolCallCollector();
    private final List<ScoredToken> scores = new ArrayList<>();
    private @Nullable String finishReason;

    void add(TextDelta delta) {
        text.append(delta.text());
        reasoning.append(delta.reasoning());
        delta.calls().forEach(calls::add);
        scores.addAll(delta.scores());
        finishReason = delta.finishReason();
    }

    /** All of it. */
    TextDelta whole() {
        return new TextDelta(text.toString(), reasoning.toString(), calls.calls(), scores, finishReason);
    }
}
