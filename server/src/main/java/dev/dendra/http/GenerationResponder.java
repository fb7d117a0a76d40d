// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.EngineException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Runs the choices of a request and sends what they say, whole or as a stream. */
final class GenerationResponder {
    /** How often to look whether the client is still there. */
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(250);

    private final ServedModel model;
    private final SocketWatchdog watchdog;
    private final Duration pingInterval;

    /**
     * For requests to {@code model}.
     *
     * @param watchdog ends writes that block
     * @param pingInterval longest silence on a stream
     */
    GenerationResponder(ServedModel model, SocketWatchdog watchdog, Duration pingInterval) {
        this.model = model;
        this.watchdog = watchdog;
        this.pingInterval = pingInterval;
    }

    /**
     * Answers with the choices that {@code specifications} ask for, in that order.
     *
     * @param id of the answer
     * @param promptParam the request field that holds the prompt
     * @throws ApiException if nothing has been sent yet and the request fails
     * @throws ClientGoneException if the client is not there any more
     */
    void respond(
            ServerResponse response,
            String id,
            String promptParam,
            List<GenerationSpecification> specifications,
            GenerationOptions options,
            AnswerFormat format)
            throws InterruptedException {
        checkPromptsFit(specifications, promptParam);
        int promptTokens = promptTokens(specifications);
        RequestTrace trace = RequestTrace.current();
        trace.asks(model.id());
        try (ChoiceGroup choices = submit(specifications, id, promptParam)) {
            try {
                if (options.stream()) {
                    stream(choices, promptTokens, options, format, new SseWriter(response, watchdog));
                } else {
                    send(response, collect(choices, promptTokens, format));
                }
            } finally {
                trace.used(new Usage(promptTokens, choices.generatedTokens()), choices.queued());
            }
        }
    }

    private void checkPromptsFit(List<GenerationSpecification> specifications, String promptParam) {
        for (GenerationSpecification specification : specifications) {
            int length = specification.prompt().tokens().length;
            int room = specification.maximumTokens() == 0 ? 0 : 1;
            if (length + room > model.contextLength()) {
                throw ApiException.promptTooLong(
                        promptParam,
                        "The prompt has " + length + " tokens, which leaves no room for an answer in the context of "
                                + model.contextLength() + " tokens.");
            }
        }
    }

    private ChoiceGroup submit(List<GenerationSpecification> specifications, String id, String promptParam) {
        try {
            return ChoiceGroup.submit(specifications, model.service(), model.tokenizer(), id);
        } catch (EngineException e) {
            throw ApiException.of(e, promptParam);
        }
    }

    private void stream(
            ChoiceGroup choices, int promptTokens, GenerationOptions options, AnswerFormat format, SseWriter writer)
            throws InterruptedException {
        try {
            Set<Integer> begun = new HashSet<>();
            while (!choices.isFinished()) {
                ChoiceGroup.IndexedDelta next = choices.next(WATCH_INTERVAL);
                if (next == null) {
                    keepAlive(writer);
                    continue;
                }
                ObjectNode chunk = format.chunkEnvelope();
                chunk.putArray("choices").add(format.chunkChoice(next.index(), next.delta(), begun.add(next.index())));
                if (options.includeUsage()) {
                    chunk.putNull("usage");
                }
                writer.data(chunk);
            }
            if (options.includeUsage()) {
                ObjectNode chunk = format.chunkEnvelope();
                chunk.putArray("choices");
                chunk.set("usage", new Usage(promptTokens, choices.generatedTokens()).toJson());
                writer.data(chunk);
            }
        } catch (ApiException e) {
            if (!writer.isBegun()) {
                throw e;
            }
            writer.error(e);
        }
        writer.done();
    }

    private void keepAlive(SseWriter writer) {
        requireClient();
        if (writer.idleNanos() >= pingInterval.toNanos()) {
            writer.ping();
        }
    }

    private ObjectNode collect(ChoiceGroup choices, int promptTokens, AnswerFormat format) throws InterruptedException {
        List<CollectedText> texts = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            texts.add(new CollectedText());
        }
        long lastWatch = System.nanoTime();
        while (!choices.isFinished()) {
            ChoiceGroup.IndexedDelta next = choices.next(WATCH_INTERVAL);
            if (next != null) {
                texts.get(next.index()).add(next.delta());
            }
            if (System.nanoTime() - lastWatch >= WATCH_INTERVAL.toNanos()) {
                requireClient();
                lastWatch = System.nanoTime();
            }
        }
        ObjectNode answer = format.answerEnvelope();
        ArrayNode list = answer.putArray("choices");
        for (int i = 0; i < texts.size(); i++) {
            list.add(format.choice(i, texts.get(i).whole()));
        }
        answer.set("usage", new Usage(promptTokens, choices.generatedTokens()).toJson());
        return answer;
    }

    private void send(ServerResponse response, ObjectNode answer) {
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON);
        try (SocketWatchdog.Operation _ = watchdog.begin()) {
            response.send(Json.write(answer));
        } catch (UncheckedIOException | CloseConnectionException e) {
            throw new ClientGoneException("The answer could not be written", e);
        }
    }

    private static void requireClient() {
        ClientConnection.current().filter(client -> !client.isOpen()).ifPresent(_ -> {
            throw new ClientGoneException("The client closed the connection");
        });
    }

    /** Choices of one prompt share it. */
    private static int promptTokens(List<GenerationSpecification> specifications) {
        return specifications.stream()
                .map(GenerationSpecification::prompt)
                .distinct()
                .mapToInt(prompt -> prompt.tokens().length)
                .sum();
    }
}
