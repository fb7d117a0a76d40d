// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Follows one stream and notes when its chunks come. */
final class AnswerReader {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Endpoint endpoint;
    private final LongSupplier clock;
    private final List<Long> chunks = new ArrayList<>();
    private Optional<JsonNode> usage = Optional.empty();
    private boolean isFinished;

    AnswerReader(Endpoint endpoint, LongSupplier clock) {
        this.endpoint = endpoint;
        this.clock = clock;
    }

    /**
     * Reads to {@code [DONE]} or, from servers that do not send it, to the end of a stream that has given its reason to
     * finish.
     *
     * @throws IOException if the stream breaks off or is malformed
     */
    Attempt read(ServerSentEvents events, long intended, long sent) throws IOException {
        for (Optional<String> event = events.next(); event.isPresent(); event = events.next()) {
            long now = clock.getAsLong();
            if (event.get().strip().equals("[DONE]")) {
                return isFinished || usage.isPresent() || !chunks.isEmpty()
                        ? completed(intended, sent, now)
                        : new Attempt.Failed(intended, sent, now, "empty stream");
            }
            JsonNode chunk = JSON.readTree(event.get());
            if (chunk.hasNonNull("error")) {
                return new Attempt.Failed(intended, sent, now, "error event");
            }
            note(chunk, now);
        }
        long now = clock.getAsLong();
        return isFinished
                ? completed(intended, sent, now)
                : new Attempt.Failed(intended, sent, now, "stream broken off");
    }

    private void note(JsonNode chunk, long now) {
        if (chunk.path("usage").isObject()) {
            usage = Optional.of(chunk.path("usage"));
        }
        for (JsonNode choice : chunk.path("choices")) {
            isFinished |= choice.hasNonNull("finish_reason");
            if (endpoint.hasText(choice)) {
                chunks.add(now);
            }
        }
    }

    private Attempt completed(long intended, long sent, long ended) {
        Usage counted = usage.map(AnswerReader::usage).orElseGet(() -> new Usage(0, 0, chunks.size(), false));
        return new Attempt.Completed(intended, sent, chunks, ended, counted);
    }

    private static Usage usage(JsonNode json) {
        return new Usage(
                json.path("prompt_tokens").asLong(),
                json.at("/prompt_tokens_details/cached_tokens").asLong(),
                json.path("completion_tokens").asLong(),
                true);
    }
}
