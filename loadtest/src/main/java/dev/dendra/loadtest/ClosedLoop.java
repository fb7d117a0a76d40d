// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fixed number of clients, each of which sends its next request as soon as its last one has ended. Such a load adapts
 * to the server: it measures what the server can do at a given concurrency, not how it bears a given rate of arrivals.
 *
 * @param concurrency clients
 * @param from index of the first prompt
 * @param to index after the last prompt
 * @param duration after which no more requests are sent
 */
record ClosedLoop(int concurrency, PromptSource prompts, int from, int to, Duration duration, Pacer pacer)
        implements Load {

    @Override
    public LoadRun run(Client client, Progress progress) throws InterruptedException {
        AtomicInteger next = new AtomicInteger(from);
        List<Attempt> attempts = new ArrayList<>();
        long start = pacer.now();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Attempt>>> clients = new ArrayList<>();
            for (int i = 0; i < concurrency; i++) {
                clients.add(threads.submit(() -> requests(client, progress, next, start)));
            }
            for (Future<List<Attempt>> each : clients) {
                attempts.addAll(each.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a client of the load test failed", e.getCause());
        }
        attempts.sort(Comparator.comparingLong(Attempt::intended));
        return new LoadRun(attempts, concurrency);
    }

    private List<Attempt> requests(Client client, Progress progress, AtomicInteger next, long start)
            throws InterruptedException {
        List<Attempt> attempts = new ArrayList<>();
        while (pacer.now() - start < duration.toNanos()) {
            int index = next.getAndIncrement();
            if (index >= to) {
                break;
            }
            Client.Call call = client.prepare(prompts.prompt(index));
            progress.sent();
            Attempt attempt = call.send(start, pacer.now() - start);
            progress.ended(attempt);
            attempts.add(attempt);
        }
        return attempts;
    }
}
