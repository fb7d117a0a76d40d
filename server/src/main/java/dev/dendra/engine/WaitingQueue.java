// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for their first step, first come first served, at most {@code capacity} of them. Any thread adds;
 * the scheduler thread takes. No locks: arrivals go through a concurrent queue into one that the scheduler owns, where
 * it can look at the head and drop cancelled requests.
 */
final class WaitingQueue {
    private final int capacity;
    private final AtomicInteger size = new AtomicInteger();
    private final ConcurrentLinkedQueue<List<Sequence>> arrivals = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Sequence> inOrder = new ArrayDeque<>();

    WaitingQueue(int capacity) {
        this.capacity = capacity;
    }

    /** Takes places in the queue, to be filled by {@link #add} or given back by {@link #giveUp}; false if too few. */
    boolean reserve(int places) {
        if (size.addAndGet(places) > capacity) {
            giveUp(places);
            return false;
        }
        return true;
    }

    void giveUp(int places) {
        size.addAndGet(-places);
    }

    /** Fills reserved places. */
    void add(List<Sequence> group) {
        arrivals.add(group);
    }

    /** Takes back what was {@linkplain #add added}; false if the scheduler has it already. */
    boolean withdraw(List<Sequence> group) {
        boolean withdrawn = arrivals.remove(group);
        if (withdrawn) {
            giveUp(group.size());
        }
        return withdrawn;
    }

    /** Places taken. Any thread. */
    int size() {
        return size.get();
    }

    /** Moves arrivals into order and hands cancelled requests to {@code cancelled}. Scheduler thread. */
    void update(Consumer<Sequence> cancelled) {
        List<Sequence> arrived = arrivals.poll();
        while (arrived != null) {
            inOrder.addAll(arrived);
            arrived = arrivals.poll();
        }
        if (inOrder.isEmpty()) {
            return;
        }
        for (Iterator<Sequence> i = inOrder.iterator(); i.hasNext(); ) {
            Sequence sequence = i.next();
            if (sequence.mailbox().isCancelled()) {
                i.remove();
                giveUp(1);
                cancelled.accept(sequence);
            }
        }
    }

    /** The next in order, or null. Scheduler thread, after {@link #update}. */
    @Nullable
    Sequence head() {
        return inOrder.peek();
    }

    /** Removes the head; its place stays taken until {@link #giveUp}. Scheduler thread. */
    void removeHead() {
        inOrder.remove();
    }
}
