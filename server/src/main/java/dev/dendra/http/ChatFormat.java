// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/** Answers of {@code /v1/chat/completions}: objects {@code chat.completion} and {@code chat.completion.chunk}. */
final class ChatFormat implements ChoiceFormat {
    private final String id;
    private final long created;
    private final String model;
    private final boolean logprobs;
    private final TokenScores scores;

    /**
     * For one request.
     *
     * @param created seconds since 1970
     * @param logprobs whether choices carry log-probabilities
     * @param unscored tokens left out of the log-probabilities, as they are left out of the content
     */
    ChatFormat(String id, long created, String model, boolean logprobs, Set<Integer> unscored, TokenTexts texts) {
        this.id = id;
        this.created = created;
        this.model = model;
        this.logprobs = logprobs;
        this.scores = new TokenScores(unscored, texts);
    }

    @Override
    public ObjectNode answerEnvelope() {
        return envelope("chat.completion");
    }

    @Override
    public ObjectNode choice(int index, TextDelta whole) {
        ObjectNode choice = Json.object().put("index", index);
        ObjectNode message = choice.putObject("message").put("role", "assistant");
        if (whole.text().isEmpty() && !whole.calls().isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", whole.text());
        }
        if (!whole.reasoning().isEmpty()) {
            message.put("reasoning_content", whole.reasoning());
        }
        message.putNull("refusal");
        if (!whole.calls().isEmpty()) {
            message.set("tool_calls", ToolCallJson.whole(whole.calls()));
        }
        return finish(choice, whole);
    }

    @Override
    public ObjectNode chunkEnvelope() {
        return envelope("chat.completion.chunk");
    }

    @Override
    public ObjectNode chunkChoice(int index, TextDelta delta, boolean first) {
        ObjectNode choice = Json.object().put("index", index);
        ObjectNode message = choice.putObject("delta");
        if (first) {
            // With the first text and not before: clients take this chunk for the first token.
            message.put("role", "assistant");
        }
        if (!delta.reasoning().isEmpty()) {
            message.put("reasoning_content", delta.reasoning());
        }
        boolean saysNothingElse = delta.reasoning().isEmpty() && delta.calls().isEmpty();
        if (!delta.text().isEmpty() || (first && saysNothingElse)) {
            message.put("content", delta.text());
        }
        if (!delta.calls().isEmpty()) {
            message.set("tool_calls", ToolCallJson.pieces(delta.calls()));
        }
        return finish(choice, delta);
    }

    private ObjectNode envelope(String object) {
        return Json.object()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", model);
    }

    private ObjectNode finish(ObjectNode choice, TextDelta delta) {
        if (logprobs) {
            ObjectNode node = choice.putObject("logprobs");
            node.set("content", scores.list(delta.scores()));
            node.putNull("refusal");
        } else {
            choice.putNull("logprobs");
        }
        return choice.put("finish_reason", delta.finishReason());
    }
}
