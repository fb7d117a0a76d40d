// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Supplier;

/** A response as named events, numbered from 0. */
final class ResponseStream implements AnswerStream {
    private final ResponseFormat format;
    private final SseWriter writer;
    private final CollectedText text = new CollectedText();
    private int sequenceNumber;
    private boolean messageBegun;

    ResponseStream(ResponseFormat format, SseWriter writer) {
        this.format = format;
        this.writer = writer;
    }

    @Override
    public void begin() {
        ObjectNode response = format.begun();
        send("response.created", Json.object().set("response", response));
        send("response.in_progress", Json.object().set("response", response));
    }

    @Override
    public void delta(int index, TextDelta delta, Supplier<Usage> usage) {
        beginMessage();
        text.add(delta);
        if (!delta.text().isEmpty()) {
            ObjectNode event = content().put("delta", delta.text());
            event.set("logprobs", format.scores(delta.scores()));
            send("response.output_text.delta", event);
        }
    }

    @Override
    public void end(Usage usage) {
        beginMessage();
        TextDelta whole = text.whole();
        ObjectNode done = content().put("text", whole.text());
        done.set("logprobs", format.scores(whole.scores()));
        send("response.output_text.done", done);
        send("response.content_part.done", content().set("part", format.part(whole.text(), whole.scores())));
        send("response.output_item.done", output().set("item", format.message(whole)));
        String name = ResponseFormat.isCut(whole) ? "response.incomplete" : "response.completed";
        send(name, Json.object().set("response", format.finished(whole, usage)));
    }

    @Override
    public void fail(ApiException failure) {
        send("response.failed", Json.object().set("response", format.failed(failure)));
    }

    private void beginMessage() {
        if (messageBegun) {
            return;
        }
        messageBegun = true;
        send("response.output_item.added", output().set("item", format.begunMessage()));
        send("response.content_part.added", content().set("part", format.part("", List.of())));
    }

    private static ObjectNode output() {
        return Json.object().put("output_index", 0);
    }

    private ObjectNode content() {
        return Json.object()
                .put("item_id", format.messageId())
                .put("output_index", 0)
                .put("content_index", 0);
    }

    private void send(String name, ObjectNode fields) {
        ObjectNode event = Json.object().put("type", name).put("sequence_number", sequenceNumber++);
        writer.event(name, event.setAll(fields));
    }
}
