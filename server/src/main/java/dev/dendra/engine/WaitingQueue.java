// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait to be computed, at most {@code capacity} of them. Any thread adds; the scheduler thread takes. No
 * locks: arrivals go through a concurrent queue into the {@linkplain FairQueue order} that the scheduler owns.
 */
final class WaitingQueue {
    private final int capacity;
    private final AtomicInteger size = new AtomicInteger();
    private final ConcurrentLinkedQueue<List<Sequence>> arrivals = new ConcurrentLinkedQueue<>();
    private final FairQueue order = new FairQueue();

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

    /** Moves arrivals into order and removes whom {@code ends} is true of. Scheduler thread. */
    void update(Predicate<Sequence> ends) {
        List<Sequence> arrived = arrivals.poll();
        while (arrived != null) {
            for (Sequence sequence : arrived) {
                order.add(sequence);
            }
            arrived = arrivals.poll();
        }
        giveUp(order.removeIf(ends));
    }

    /** Takes a sequence back that was in progress, even beyond the capacity. Scheduler thread. */
    void putBack(Sequence sequence) {
        size.incrementAndGet();
        order.putBack(sequence);
    }

    /** Who comes next. Scheduler thread, after {@link #update}. */
    FairQueue order() {
        return order;
    }

    /** The next in order, or null. Scheduler thread, after {@link #update}. */
    @Nullable
    Sequence head() {
        return order.head();
    }

    /** Removes the head; its place stays taken until {@link #giveUp}. Scheduler thread. */
    void remove(Sequence head) {
        order.remove(head);
    }
}
