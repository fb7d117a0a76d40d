// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.EngineException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs the choices of a request and sends what they say, whole or as a stream. */
final class GenerationResponder {
    /** How often to look whether the client is still there. */
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(250);

    private final SocketWatchdog watchdog;
    private final Duration pingInterval;
    private final JsonResponder json;

    /**
     * For any model.
     *
     * @param watchdog ends writes that block
     * @param pingInterval longest silence on a stream
     */
    GenerationResponder(SocketWatchdog watchdog, Duration pingInterval) {
        this.watchdog = watchdog;
        this.pingInterval = pingInterval;
        this.json = new JsonResponder(watchdog);
    }

    /**
     * Does the {@code job} of a request and answers with what comes of it.
     *
     * @throws ApiException if nothing has been sent yet and the request fails
     * @throws ClientGoneException if the client is not there any more
     */
    void respond(ServerRequest request, ServerResponse response, GenerationJob job) throws InterruptedException {
        checkPromptsFit(job);
        boolean wantsEnergy = EnergyWish.of(request);
        RequestTrace trace = RequestTrace.current();
        trace.asks(job.model().id());
        try (ChoiceGroup choices = submit(job)) {
            try {
                if (job.options().streaming().stream()) {
                    stream(choices, job, wantsEnergy, new SseWriter(response, watchdog));
                } else {
                    json.send(response, collect(choices, job, wantsEnergy));
                }
            } finally {
                trace.used(choices.usage(), choices.queued());
            }
        }
    }

    /**
     * Checks that every prompt of {@code job} leaves room for what it asks for.
     *
     * @throws ApiException if one does not
     */
    static void checkPromptsFit(GenerationJob job) {
        int context = job.model().contextLength();
        for (GenerationSpecification specification : job.specifications()) {
            int length = specification.prompt().tokens().length;
            int room = specification.maximumTokens() == 0 ? 0 : 1;
            if (length + room > context) {
                throw ApiException.promptTooLong(
                        job.promptParam(),
                        "The prompt has " + length + " tokens, which leaves no room for an answer in the context of "
                                + context + " tokens.");
            }
        }
    }

    private static ChoiceGroup submit(GenerationJob job) {
        try {
            return ChoiceGroup.submit(
                    job.specifications(), job.model().service(), job.model().tokenizer(), job.id());
        } catch (EngineException e) {
            throw ApiException.of(e, job.promptParam());
        }
    }

    private void stream(ChoiceGroup choices, GenerationJob job, boolean wantsEnergy, SseWriter writer)
            throws InterruptedException {
        AnswerStream answer = job.format().stream(writer, job.options().streaming());
        try {
            answer.begin();
            while (!choices.isFinished()) {
                ChoiceGroup.IndexedDelta next = choices.next(WATCH_INTERVAL);
                if (next == null) {
                    keepAlive(writer);
                } else {
                    answer.delta(next.index(), next.delta(), choices::usage);
                }
            }
            answer.end(finalUsage(choices, wantsEnergy));
        } catch (ApiException e) {
            if (!writer.isBegun()) {
                throw e;
            }
            answer.fail(e);
        }
        writer.done();
    }

    private void keepAlive(SseWriter writer) {
        requireClient();
        if (writer.idleNanos() >= pingInterval.toNanos()) {
            writer.ping();
        }
    }

    private static ObjectNode collect(ChoiceGroup choices, GenerationJob job, boolean wantsEnergy)
            throws InterruptedException {
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
        List<TextDelta> wholes = texts.stream().map(CollectedText::whole).toList();
        if (job.options().chooses()) {
            wholes = BestChoices.pick(
                    wholes, job.options().candidates(), job.options().choices(), choices::meanLogprob);
        }
        return job.format().answer(wholes, finalUsage(choices, wantsEnergy));
    }

    private static Usage finalUsage(ChoiceGroup choices, boolean wantsEnergy) throws InterruptedException {
        return choices.usage().with(wantsEnergy ? choices.energy() : null);
    }

    /**
     * Looks whether the client of the current thread's request is still there.
     *
     * @throws ClientGoneException if not
     */
    static void requireClient() {
        ClientConnection.current().filter(client -> !client.isOpen()).ifPresent(_ -> {
            throw new ClientGoneException("The client closed the connection");
        });
    }
}
