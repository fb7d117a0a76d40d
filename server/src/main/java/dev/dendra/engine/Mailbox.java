// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.energy.RequestEnergy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler and the reader of one generation share: events one way, the wish to cancel the other. Neither side
 * takes a lock, and the scheduler never waits.
 *
 * <p>A reader that stops reading costs memory only, and little: a generation emits at most {@code maximumTokens + 2}
 * events, about 50 bytes each, and 40 bytes more for each alternative of a log-probability.
 *
 * <p>One thread at a time may {@linkplain #poll poll}.
 */
final class Mailbox implements Generation {
    private static final long NOT_ADMITTED = -1;

    private final ConcurrentLinkedQueue<GenerationEvent> events = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Thread reader;
    private volatile boolean cancelled;
    private volatile long queuedNanos = NOT_ADMITTED;
    private volatile int cachedTokens;
    private volatile @Nullable RequestEnergy energy;

    /** Adds an event and wakes the reader. Scheduler thread. */
    void offer(GenerationEvent event) {
        events.add(event);
        LockSupport.unpark(reader);
    }

    /** The request is worked on from now on, having waited for {@code nanos}. Scheduler thread. */
    void admitted(long nanos) {
        if (queuedNanos == NOT_ADMITTED) {
            queuedNanos = nanos;
        }
    }

    /** So many tokens of the prompt were in the prefix cache. Scheduler thread. */
    void foundCached(int tokens) {
        cachedTokens = tokens;
    }

    /** Where the energy of the request gathers; null if nobody measures. Before the request enters the engine. */
    void gather(@Nullable RequestEnergy into) {
        energy = into;
    }

    boolean isCancelled() {
        return cancelled;
    }

    @Override
    public @Nullable GenerationEvent poll(Duration timeout) throws InterruptedException {
        long start = System.nanoTime();
        long limit = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? timeout.toNanos() : Long.MAX_VALUE;
        GenerationEvent event = events.poll();
        if (event != null) {
            return event;
        }
        // Set before the queue is looked at again: an event that arrives after that look finds the reader here.
        reader = Thread.currentThread();
        try {
            while (true) {
                event = events.poll();
                long left = limit - (System.nanoTime() - start);
                if (event != null || left <= 0) {
                    return event;
                }
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } finally {
            reader = null;
        }
    }

    @Override
    public Optional<Duration> queued() {
        long nanos = queuedNanos;
        return nanos == NOT_ADMITTED ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
    }

    @Override
    public int cachedTokens() {
        return cachedTokens;
    }

    @Override
    public @Nullable RequestEnergy energy() {
        return energy;
    }

    @Override
    public void cancel() {
        cancelled = true;
    }
}
