// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who comes next: virtual token counters (Sheng et al. 2024, algorithm 2). What a tenant was served is counted, a token
 * of a prompt once and a generated one twice, and the tenant with the lowest count comes first. One that comes back
 * after a pause starts from where the least served of the others is, so that nobody saves up a claim. Within a tenant
 * {@link Sequence#comesBefore} decides. Scheduler thread.
 */
final class FairQueue {
    private static final int GENERATED_COST = 2;

    private final Map<String, Tenant> byName = new HashMap<>();
    private final List<Tenant> tenants = new ArrayList<>();
    private long floor;
    private long arrivals;
    private long tenantsSeen;

    /** Names that are known: those that wait, run or have blocks, and perhaps some that had. */
    int tenants() {
        return tenants.size();
    }

    /** Takes a request in. */
    void add(Sequence sequence) {
        Tenant tenant = tenant(sequence.request().terms().tenant());
        if (!tenant.isActive()) {
            updateFloor();
            tenant.raiseServed(floor);
        }
        sequence.arrive(tenant, arrivals++);
        tenant.waiting().add(sequence);
    }

    /** Takes a sequence back that was in progress; it comes before all of its tenant that were not yet. */
    void putBack(Sequence sequence) {
        sequence.tenant().waiting().add(sequence);
    }

    /** Begins a round of admissions while {@code running} are in progress. */
    void beginRound(List<Sequence> running) {
        for (int i = 0; i < tenants.size(); i++) {
            tenants.get(i).beginRound();
        }
        for (int i = 0; i < running.size(); i++) {
            promise(running.get(i));
        }
    }

    /** The head of the least loaded tenant that has not been passed over in this round; null if there is none. */
    @Nullable
    Sequence head() {
        Sequence first = null;
        for (int i = 0; i < tenants.size(); i++) {
            Sequence head = tenants.get(i).head();
            if (head != null && !head.tenant().isPassedOver() && (first == null || comesBefore(head, first))) {
                first = head;
            }
        }
        return first;
    }

    /** Takes the head of its tenant's queue out. */
    void remove(Sequence head) {
        head.tenant().waiting().remove();
    }

    /** Counts what a sequence that was admitted in this round will cost. */
    void promise(Sequence sequence) {
        if (!sequence.isDecoding() && !sequence.isFollowing()) {
            sequence.tenant().promise(sequence.pending());
        }
    }

    /** Counts rows that were computed. */
    void served(Sequence sequence, int rows) {
        sequence.tenant().serve(sequence.isDecoding() ? (long) GENERATED_COST * rows : rows);
    }

    /** Removes the waiting sequences that {@code ends} is true of; how many. */
    int removeIf(Predicate<Sequence> ends) {
        int removed = 0;
        for (int i = 0; i < tenants.size(); i++) {
            PriorityQueue<Sequence> waiting = tenants.get(i).waiting();
            int before = waiting.size();
            if (before > 0) {
                waiting.removeIf(ends);
                removed += before - waiting.size();
            }
        }
        return removed;
    }

    private static boolean comesBefore(Sequence one, Sequence other) {
        long difference = one.tenant().load() - other.tenant().load();
        return difference != 0 ? difference < 0 : one.number() < other.number();
    }

    /** The least that anybody active was served, or the most that anybody was if nobody is; never goes back. */
    private void updateFloor() {
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < tenants.size(); i++) {
            most = Math.max(most, tenants.get(i).served());
            if (tenants.get(i).isActive()) {
                least = Math.min(least, tenants.get(i).served());
            }
        }
        floor = Math.max(floor, Math.min(least, most));
    }

    private Tenant tenant(String name) {
        Tenant known = byName.get(name);
        if (known != null) {
            return known;
        }
        forgetIdle();
        Tenant tenant = new Tenant(tenantsSeen++);
        byName.put(name, tenant);
        tenants.add(tenant);
        return tenant;
    }

    /** So that there are no more tenants than requests and blocks. */
    private void forgetIdle() {
        updateFloor();
        byName.values().removeIf(FairQueue::isForgettable);
        tenants.removeIf(FairQueue::isForgettable);
    }

    private static boolean isForgettable(Tenant tenant) {
        return !tenant.isActive() && tenant.blocks().held() == 0;
    }
}
