// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import dev.dendra.model.LanguageModel;

/**
 * Takes sequences from the queue while a place among the running is free and so are the blocks of their tokens so far,
 * less what the prefix cache has of them, with a reserve for those that run to grow into. Who comes next waits for room,
 * and nobody overtakes; only where it waits because its tenant has its part of the blocks do other tenants go ahead. When
 * nothing runs, the next is always admitted: every sequence fits the cache alone. Scheduler thread.
 */
final class Admission {
    /** The reserve is at most the total divided by this. */
    private static final int RESERVE_DIVISOR = 8;

    private final WaitingQueue waiting;
    private final RunningSequences running;
    private final BlockPool blocks;
    private final LanguageModel model;
    private final Reporter reporter;

    private enum Outcome {
        ADMITTED,
        NO_ROOM,
        BEYOND_ITS_PART
    }

    Admission(
            WaitingQueue waiting, RunningSequences running, BlockPool blocks, LanguageModel model, Reporter reporter) {
        this.waiting = waiting;
        this.running = running;
        this.blocks = blocks;
        this.model = model;
        this.reporter = reporter;
    }

    /** Admits whom there is room for. */
    void admit() {
        if (waiting.size() == 0 || !running.hasPlace()) {
            return;
        }
        waiting.order().beginRound(running.list());
        Sequence head = waiting.head();
        while (head != null && running.hasPlace()) {
            switch (admit(head)) {
                case ADMITTED -> start(head);
                case BEYOND_ITS_PART -> head.tenant().passOver();
                case NO_ROOM -> {
                    return;
                }
            }
            head = waiting.head();
        }
    }

    private Outcome admit(Sequence sequence) {
        if (sequence.generated() == 0 && sequence.group().leader() != null) {
            sequence.follow();
            return Outcome.ADMITTED;
        }
        try {
            Outcome outcome = takeBlocks(sequence);
            if (outcome == Outcome.ADMITTED && sequence.generated() == 0) {
                sequence.group().setLeader(sequence);
            }
            return outcome;
        } catch (Throwable e) {
            // From among the running it is cleared away like others that have ended.
            reporter.failed(sequence, Scheduler.INTERNAL_ERROR, e);
            return Outcome.ADMITTED;
        }
    }

    private void start(Sequence sequence) {
        waiting.remove(sequence);
        // Counted as running before it stops counting as waiting: at no time does it seem to be gone.
        running.add(sequence);
        waiting.giveUp(1);
        waiting.order().promise(sequence);
        if (sequence.takeUp()) {
            reporter.admitted(sequence);
        }
        if (sequence.hasEnded()) {
            running.settle();
        }
    }

    private Outcome takeBlocks(Sequence sequence) {
        BlockTable table = sequence.blocks();
        int whole = reuseWholeBlocks(sequence);
        int rest = sequence.reusableTokens() - whole * KvLayout.BLOCK_TOKENS;
        int source = rest > 0 ? find(sequence, whole) : BlockPool.NONE;
        if (source != BlockPool.NONE) {
            blocks.retain(source);
        }
        int wanted = BlockPool.blocksFor(sequence.length()) - whole;
        boolean alone = running.list().isEmpty();
        Outcome outcome = alone ? Outcome.ADMITTED : room(sequence, wanted + reserve());
        if (outcome == Outcome.ADMITTED && !take(sequence, wanted, alone)) {
            outcome = Outcome.NO_ROOM;
            if (alone && source != BlockPool.NONE) {
                // The cache is so small that a block and its copy do not fit beside the others.
                blocks.release(source);
                source = BlockPool.NONE;
                outcome = take(sequence, wanted, true) ? Outcome.ADMITTED : Outcome.NO_ROOM;
            }
        }
        if (outcome != Outcome.ADMITTED) {
            table.releaseAll(blocks);
        }
        try {
            if (outcome == Outcome.ADMITTED) {
                begin(sequence, whole, source, rest);
            }
        } finally {
            if (source != BlockPool.NONE) {
                blocks.release(source);
            }
        }
        return outcome;
    }

    private void begin(Sequence sequence, int whole, int source, int rest) {
        int reused = whole * KvLayout.BLOCK_TOKENS;
        if (source != BlockPool.NONE) {
            // Its last tokens are computed again, so it can not be shared: a copy holds the others.
            model.copyKvBlock(source, sequence.blocks().get(whole));
            reused += rest;
        }
        if (!sequence.hasBegun() && sequence.pooled() == null) {
            reporter.lookedUp(sequence, Math.min(reused, sequence.promptLength()));
        }
        sequence.begin(reused);
    }

    /** Puts the cached blocks that a sequence begins with into its table; how many. */
    private int reuseWholeBlocks(Sequence sequence) {
        int most = sequence.reusableTokens() / KvLayout.BLOCK_TOKENS;
        int count = 0;
        int block = count < most ? find(sequence, count) : BlockPool.NONE;
        while (block != BlockPool.NONE) {
            blocks.retain(block);
            sequence.blocks().add(block);
            count++;
            block = count < most ? find(sequence, count) : BlockPool.NONE;
        }
        return count;
    }

    private int find(Sequence sequence, int block) {
        return block < sequence.digests().count() ? blocks.find(sequence.digests(), block) : BlockPool.NONE;
    }

    private Outcome room(Sequence sequence, int wanted) {
        if (blocks.available(sequence.tenant().blocks()) >= wanted) {
            return Outcome.ADMITTED;
        }
        return blocks.unused() >= wanted ? Outcome.BEYOND_ITS_PART : Outcome.NO_ROOM;
    }

    private int reserve() {
        return Math.min(running.list().size() + 1, blocks.total() / RESERVE_DIVISOR);
    }

    /** Takes {@code count} blocks, or none at all. */
    private boolean take(Sequence sequence, int count, boolean fromAnyone) {
        CacheShare share = sequence.tenant().blocks();
        int before = sequence.blocks().size();
        for (int i = 0; i < count; i++) {
            int block = blocks.take(share);
            if (block == BlockPool.NONE && fromAnyone) {
                block = blocks.takeFromAnyone(share);
            }
            if (block == BlockPool.NONE) {
                sequence.blocks().releaseFrom(before, blocks);
                return false;
            }
            sequence.blocks().add(block);
        }
        return true;
    }
}
