// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Spreads the panels of a matrix over a bounded number of platform threads, the caller's among them. */
public final class ParallelPanels {
    private final int threads;

    /** Threads to spread over, the caller's among them. */
    public ParallelPanels(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, got " + threads);
        }
        this.threads = threads;
    }

    /**
     * Calls a worker once for every panel from 0 to {@code panels}; returns when all are done.
     *
     * @param workers makes the worker of a thread, with scratch memory of its own
     * @throws RuntimeException what a worker threw first; other threads stop at their next panel
     */
    public void run(int panels, Supplier<IntConsumer> workers) {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Runnable loop = () -> {
            try {
                IntConsumer worker = workers.get();
                for (int panel = next.getAndIncrement();
                        panel < panels && failure.get() == null;
                        panel = next.getAndIncrement()) {
                    worker.accept(panel);
                }
            } catch (RuntimeException | Error thrown) {
                failure.compareAndSet(null, thrown);
            }
        };
        List<Thread> helpers = new ArrayList<>();
        for (int i = 1; i < Math.min(threads, panels); i++) {
            helpers.add(Thread.ofPlatform().daemon().name("dendra-convert-" + i).start(loop));
        }
        loop.run();
        for (Thread helper : helpers) {
            joinUninterruptibly(helper);
        }
        switch (failure.get()) {
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            case null, default -> {}
        }
    }

    /** The helpers write to memory that the caller may free, so leaving before they are done is no option. */
    private static void joinUninterruptibly(Thread helper) {
        boolean interrupted = false;
        while (true) {
            try {
                helper.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
