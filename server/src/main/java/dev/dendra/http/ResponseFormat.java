// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/** Answers of {@code /v1/responses}: an object {@code response} with one message, whole or as named events. */
final class ResponseFormat implements AnswerFormat {
    private final String id;
    private final String messageId = Identifiers.next("msg_");
    private final long created;
    private final String model;
    private final ResponseEcho echo;
    private final boolean logprobs;
    private final TokenScores scores;

    /**
     * For one request.
     *
     * @param created seconds since 1970
     * @param logprobs whether the text carries log-probabilities
     */
    ResponseFormat(String id, long created, String model, ResponseEcho echo, boolean logprobs, TokenScores scores) {
        this.id = id;
        this.created = created;
        this.model = model;
        this.echo = echo;
        this.logprobs = logprobs;
        this.scores = scores;
    }

    @Override
    public ObjectNode answer(List<TextDelta> choices, Usage usage) {
        return finished(choices.getFirst(), usage);
    }

    @Override
    public AnswerStream stream(SseWriter writer, StreamOptions options) {
        return new ResponseStream(this, writer);
    }

    /** The id of the message that the response consists of. */
    String messageId() {
        return messageId;
    }

    /** The response before anything is generated. */
    ObjectNode begun() {
        ObjectNode response = envelope("in_progress");
        response.putArray("output");
        return response.putNull("usage").putNull("completed_at");
    }

    /** The response with all of its text. */
    ObjectNode finished(TextDelta whole, Usage usage) {
        ObjectNode response = envelope(status(whole));
        if (isCut(whole)) {
            response.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        response.putArray("output").add(message(whole));
        ObjectNode tokens = response.putObject("usage").put("input_tokens", usage.promptTokens());
        // Clients want the second one; it is for servers that charge for what goes into the cache, and here it is free.
        tokens.putObject("input_tokens_details")
                .put("cached_tokens", usage.cachedTokens())
                .put("cache_write_tokens", 0);
        tokens.put("output_tokens", usage.completionTokens());
        tokens.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
        tokens.put("total_tokens", usage.promptTokens() + usage.completionTokens());
        usage.putEnergy(tokens);
        return response.put("completed_at", Instant.now().getEpochSecond());
    }

    /** The response when its generation has failed. */
    ObjectNode failed(ApiException failure) {
        ObjectNode response = envelope("failed");
        response.putObject("error").put("code", ApiException.SERVER_ERROR).put("message", failure.getMessage());
        response.putArray("output");
        return response.putNull("usage").putNull("completed_at");
    }

    /** The message before it has any text. */
    ObjectNode begunMessage() {
        ObjectNode message = messageEnvelope("in_progress");
        message.putArray("content");
        return message;
    }

    /** The message with all of its text. */
    ObjectNode message(TextDelta whole) {
        ObjectNode message = messageEnvelope(status(whole));
        message.putArray("content").add(part(whole.text(), whole.scores()));
        return message;
    }

    /** A piece of content with {@code text}. */
    ObjectNode part(String text, List<ScoredToken> scored) {
        ObjectNode part = Json.object().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        part.set("logprobs", scores(scored));
        return part;
    }

    /** Log-probabilities; none unless they were asked for. */
    ArrayNode scores(List<ScoredToken> scored) {
        return logprobs ? scores.list(scored) : Json.array();
    }

    /** Whether the answer ended before its end. */
    static boolean isCut(TextDelta whole) {
        return TextGeneration.LENGTH.equals(whole.finishReason());
    }

    private static String status(TextDelta whole) {
        return isCut(whole) ? "incomplete" : "completed";
    }

    private ObjectNode messageEnvelope(String status) {
        return Json.object()
                .put("id", messageId)
                .put("type", "message")
                .put("status", status)
                .put("role", "assistant");
    }

    private ObjectNode envelope(String status) {
        ObjectNode response = Json.object()
                .put("id", id)
                .put("object", "response")
                .put("created_at", created)
                .put("status", status)
                .putNull("error")
                .putNull("incomplete_details")
                .put("model", model);
        echo.addTo(response);
        return response;
    }
}
