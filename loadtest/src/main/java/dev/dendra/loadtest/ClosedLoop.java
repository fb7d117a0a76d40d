// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fixed number of clients, each of which sends its next request as soon as its last one has ended. Such a load adapts
 * to the server: it measures what the server can do at a given concurrency, not how it bears a given rate of arrivals.
 */
final class ClosedLoop {

    private final CompletionClient client;
    private final String model;
    private final PromptSource prompts;
    private final int maxTokens;

    ClosedLoop(CompletionClient client, String model, PromptSource prompts, int maxTokens) {
        this.client = client;
        this.model = model;
        this.prompts = prompts;
        this.maxTokens = maxTokens;
    }

    /**
     * What a run brought.
     *
     * @param attempts one for each request
     * @param wallNanoseconds from the first request to the end of the last
     */
    record Run(List<Attempt> attempts, long wallNanoseconds) {
        Run {
            attempts = List.copyOf(attempts);
        }
    }

    /** Sends the requests {@code from} to {@code to}, exclusive, by {@code concurrency} clients. */
    Run run(int concurrency, int from, int to) throws InterruptedException {
        AtomicInteger next = new AtomicInteger(from);
        List<Attempt> attempts = new ArrayList<>();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Attempt>>> clients = new ArrayList<>();
            for (int i = 0; i < concurrency; i++) {
                clients.add(threads.submit(() -> requests(next, to)));
            }
            for (Future<List<Attempt>> each : clients) {
                attempts.addAll(each.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a client of the load test failed", e.getCause());
        }
        return new Run(attempts, System.nanoTime() - start);
    }

    private List<Attempt> requests(AtomicInteger next, int to) throws InterruptedException {
        List<Attempt> attempts = new ArrayList<>();
        for (int index = next.getAndIncrement(); index < to; index = next.getAndIncrement()) {
            attempts.add(client.complete(model, prompts.prompt(index), maxTokens));
        }
        return attempts;
    }
}
