// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Those who share a name in their {@link RequestTerms}: what they wait for and what they have had. Scheduler thread. */
final class Tenant {
    private static final Comparator<Sequence> ORDER = (a, b) -> {
        if (a.wasPreempted() != b.wasPreempted()) {
            return a.wasPreempted() ? -1 : 1;
        }
        return a == b ? 0 : a.comesBefore(b) ? -1 : 1;
    };

    private final long number;
    private final CacheShare blocks = new CacheShare();
    private final PriorityQueue<Sequence> waiting = new PriorityQueue<>(ORDER);
    private long served;
    private long promised;
    private int running;
    private boolean passedOver;

    /** The tenant that was the {@code number}th to be heard of. */
    Tenant(long number) {
        this.number = number;
    }

    /** Different from every other tenant's. */
    long number() {
        return number;
    }

    CacheShare blocks() {
        return blocks;
    }

    PriorityQueue<Sequence> waiting() {
        return waiting;
    }

    @Nullable
    Sequence head() {
        return waiting.peek();
    }

    /** Tokens that were computed for this tenant, weighed. */
    long served() {
        return served;
    }

    void serve(long cost) {
        served += cost;
    }

    void raiseServed(long least) {
        served = Math.max(served, least);
    }

    /** What was served, and what the prompts of its sequences in progress will still cost. */
    long load() {
        return served + promised;
    }

    void beginRound() {
        promised = 0;
        passedOver = false;
    }

    void promise(long cost) {
        promised += cost;
    }

    /** Whether its head has to wait, in this round of admissions, for something that others need not wait for. */
    boolean isPassedOver() {
        return passedOver;
    }

    void passOver() {
        passedOver = true;
    }

    void changeRunning(int by) {
        running += by;
    }

    /** Whether anything of it waits or runs. */
    boolean isActive() {
        return running > 0 || !waiting.isEmpty();
    }
}
