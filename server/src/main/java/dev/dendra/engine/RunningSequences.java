// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * The sequences in progress, in the order in which they were taken up. Scheduler thread, but for {@link #count()}.
 */
final class RunningSequences {
    private final int capacity;
    private final List<Sequence> sequences;
    private final WaitingQueue waiting;
    private final BlockPool blocks;
    private volatile int count;

    RunningSequences(int capacity, WaitingQueue waiting, BlockPool blocks) {
        this.capacity = capacity;
        this.sequences = new ArrayList<>(capacity);
        this.waiting = waiting;
        this.blocks = blocks;
    }

    /** Not to be changed. */
    List<Sequence> list() {
        return sequences;
    }

    /** Number of sequences. Any thread. */
    int count() {
        return count;
    }

    boolean hasPlace() {
        return sequences.size() < capacity;
    }

    void add(Sequence sequence) {
        sequences.add(sequence);
        sequence.tenant().changeRunning(1);
        count = sequences.size();
    }

    /**
     * Lets those go that have ended, and sends those back to the queue that were pre-empted or wait for a prompt that
     * nobody computes any more.
     */
    void settle() {
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            if ((sequence.hasEnded() || sequence.wasPreempted())
                    && sequence.group().leader() == sequence) {
                sequence.group().setLeader(null);
            }
        }
        int kept = 0;
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            if (sequence.hasEnded()) {
                sequence.blocks().releaseAll(blocks);
                sequence.tenant().changeRunning(-1);
            } else if (sequence.wasPreempted() || isAbandoned(sequence)) {
                sequence.preempt(blocks);
                sequence.tenant().changeRunning(-1);
                waiting.putBack(sequence);
            } else {
                sequences.set(kept++, sequence);
            }
        }
        while (sequences.size() > kept) {
            sequences.removeLast();
        }
        count = kept;
    }

    private static boolean isAbandoned(Sequence sequence) {
        return sequence.isFollowing() && sequence.group().leader() == null;
    }
}
