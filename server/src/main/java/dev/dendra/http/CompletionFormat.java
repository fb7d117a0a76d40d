// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.TokenLogprobs;
import java.util.List;

/** Answers of {@code /v1/completions}: objects {@code text_completion}, whole or in chunks. */
final class CompletionFormat implements ChoiceFormat {
    private final String id;
    private final long created;
    private final String model;
    private final boolean logprobs;
    private final TokenTexts texts;

    /**
     * For one request.
     *
     * @param created seconds since 1970
     * @param logprobs whether choices carry log-probabilities
     */
    CompletionFormat(String id, long created, String model, boolean logprobs, TokenTexts texts) {
        this.id = id;
        this.created = created;
        this.model = model;
        this.logprobs = logprobs;
        this.texts = texts;
    }

    @Override
    public ObjectNode answerEnvelope() {
        return Json.object()
                .put("id", id)
                .put("object", "text_completion")
                .put("created", created)
                .put("model", model);
    }

    @Override
    public ObjectNode choice(int index, TextDelta whole) {
        ObjectNode choice = Json.object().put("index", index).put("text", whole.text());
        if (logprobs) {
            choice.set("logprobs", logprobs(whole.scores()));
        } else {
            choice.putNull("logprobs");
        }
        return choice.put("finish_reason", whole.finishReason());
    }

    @Override
    public ObjectNode chunkEnvelope() {
        return answerEnvelope();
    }

    @Override
    public ObjectNode chunkChoice(int index, TextDelta delta, boolean first) {
        return choice(index, delta);
    }

    private ObjectNode logprobs(List<ScoredToken> scores) {
        ObjectNode node = Json.object();
        ArrayNode tokens = node.putArray("tokens");
        ArrayNode tokenLogprobs = node.putArray("token_logprobs");
        ArrayNode topLogprobs = node.putArray("top_logprobs");
        ArrayNode textOffset = node.putArray("text_offset");
        for (ScoredToken score : scores) {
            tokens.add(texts.text(score.token()));
            textOffset.add(score.textOffset());
            if (score.logprobs() == null) {
                tokenLogprobs.addNull();
                topLogprobs.addNull();
            } else {
                tokenLogprobs.add(TokenTexts.finite(score.logprobs().logprob()));
                topLogprobs.add(top(score.logprobs()));
            }
        }
        return node;
    }

    /** The candidates and the token itself, which need not be one of them. */
    private ObjectNode top(TokenLogprobs logprobs) {
        ObjectNode top = Json.object();
        boolean listed = false;
        for (TokenLogprobs.Candidate candidate : logprobs.top()) {
            put(top, candidate.token(), candidate.logprob());
            listed |= candidate.token() == logprobs.token();
        }
        if (!listed) {
            put(top, logprobs.token(), logprobs.logprob());
        }
        return top;
    }

    private void put(ObjectNode top, int token, float logprob) {
        String text = texts.text(token);
        // Two tokens can have the same text: the second goes by its number.
        top.put(top.has(text) ? "token_id:" + token : text, TokenTexts.finite(logprob));
    }
}
