// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Requests at times that were decided beforehand, however the server does: clients of the real world do not wait for
 * each other. There is no limit to the requests in flight.
 *
 * @param arrivals in the order of their offsets
 */
record OpenLoop(Iterable<Arrival> arrivals, Pacer pacer) implements Load {

    @Override
    public LoadRun run(Client client, Progress progress) throws InterruptedException {
        List<Future<Attempt>> sent = new ArrayList<>();
        List<Attempt> attempts = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Iterator<Arrival> each = arrivals.iterator();
            long start = pacer.now();
            while (each.hasNext()) {
                Arrival arrival = each.next();
                Client.Call call = client.prepare(arrival.prompt());
                pacer.awaitUntil(start + arrival.offset());
                progress.sent();
                sent.add(threads.submit(() -> {
                    Attempt attempt = call.send(start, arrival.offset());
                    progress.ended(attempt);
                    return attempt;
                }));
            }
            for (Future<Attempt> answer : sent) {
                attempts.add(answer.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a client of the load test failed", e.getCause());
        }
        return new LoadRun(attempts, 0);
    }
}
