// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/** Streams completions and takes their times. */
final class CompletionClient implements Client, AutoCloseable {

    private final ApiConnection api;
    private final RequestTemplate template;
    private final Duration timeout;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    /** @param timeout from sending a request to the end of its answer */
    CompletionClient(ApiConnection api, RequestTemplate template, Duration timeout, LongSupplier nanoTime) {
        this.api = api;
        this.template = template;
        this.timeout = timeout;
        this.nanoTime = nanoTime;
    }

    @Override
    public Call prepare(Prompt prompt) {
        HttpRequest request = api.request("/v1" + template.endpoint().path())
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(template.body(prompt)))
                .build();
        return (start, intended) -> send(request, start, intended);
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }

    private Attempt send(HttpRequest request, long start, long intended) throws InterruptedException {
        LongSupplier clock = () -> nanoTime.getAsLong() - start;
        long sent = clock.getAsLong();
        AtomicBoolean isLate = new AtomicBoolean();
        String reason;
        try {
            HttpResponse<InputStream> response = api.http().send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream stream = response.body()) {
                if (response.statusCode() != 200) {
                    return new Attempt.Failed(intended, sent, clock.getAsLong(), "HTTP " + response.statusCode());
                }
                ScheduledFuture<?> end = watch.schedule(
                        () -> cutOff(stream, isLate),
                        sent + timeout.toNanos() - clock.getAsLong(),
                        TimeUnit.NANOSECONDS);
                try {
                    return new AnswerReader(template.endpoint(), clock)
                            .read(new ServerSentEvents(stream), intended, sent);
                } finally {
                    end.cancel(false);
                }
            }
        } catch (HttpConnectTimeoutException | ConnectException e) {
            reason = "no connection";
        } catch (HttpTimeoutException e) {
            reason = "timeout";
        } catch (JsonProcessingException e) {
            reason = "malformed event";
        } catch (IOException e) {
            reason = isLate.get() ? "timeout" : e.getClass().getSimpleName();
        }
        return new Attempt.Failed(intended, sent, clock.getAsLong(), reason);
    }

    private static void cutOff(InputStream stream, AtomicBoolean isLate) {
        isLate.set(true);
        try {
            stream.close();
        } catch (IOException e) {
            // The reader finds the stream closed, which is what matters.
        }
    }
}
