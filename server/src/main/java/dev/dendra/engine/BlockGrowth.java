// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import dev.dendra.model.LanguageModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives running sequences the blocks for their next rows. Where none is left, one of them is pre-empted: it gives its
 * blocks up and is computed again later (Kwon et al. 2023, section 4.5). That is one of the tenant that is furthest
 * beyond its part, of its sequences one with the least priority, of those the youngest; never the oldest of all, which
 * therefore comes to its end, and after it the next. Scheduler thread.
 */
final class BlockGrowth {
    private final RunningSequences running;
    private final BlockPool blocks;
    private final LanguageModel model;
    private final Reporter reporter;

    BlockGrowth(RunningSequences running, BlockPool blocks, LanguageModel model, Reporter reporter) {
        this.running = running;
        this.blocks = blocks;
        this.model = model;
        this.reporter = reporter;
    }

    /** Makes room for the pending rows of every sequence, or pre-empts it. */
    void prepare() {
        List<Sequence> sequences = running.list();
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            if (holdsBlocks(sequence)) {
                try {
                    prepare(sequence);
                } catch (Throwable e) {
                    reporter.failed(sequence, Scheduler.INTERNAL_ERROR, e);
                }
            }
        }
        running.settle();
    }

    private void prepare(Sequence sequence) {
        BlockTable table = sequence.blocks();
        int first = sequence.computed() / KvLayout.BLOCK_TOKENS;
        // A block that is written to and that others read as well is copied, once for all but the last of them.
        while (first < table.size() && !blocks.isWritable(table.get(first))) {
            int copy = take(sequence);
            if (sequence.wasPreempted()) {
                return;
            }
            if (copy != BlockPool.NONE) {
                replace(table, first, copy);
            }
        }
        int wanted = BlockPool.blocksFor(sequence.length());
        while (table.size() < wanted) {
            int block = take(sequence);
            if (sequence.wasPreempted()) {
                return;
            }
            if (block != BlockPool.NONE) {
                table.add(block);
            }
        }
    }

    private void replace(BlockTable table, int index, int copy) {
        int shared = table.get(index);
        table.set(index, copy);
        blocks.release(shared);
        // Still held by others, or idle with its contents.
        model.copyKvBlock(shared, copy);
    }

    /** A block for a sequence; {@link BlockPool#NONE} if another, or this one itself, was pre-empted to make room. */
    private int take(Sequence sequence) {
        CacheShare share = sequence.tenant().blocks();
        int block = blocks.take(share);
        if (block != BlockPool.NONE) {
            return block;
        }
        Sequence victim = victim();
        if (victim == null || blocks.excess(victim.tenant().blocks()) <= 0) {
            // Nobody who runs has more than its part: it is others' prefixes that fill the cache.
            block = blocks.takeFromAnyone(share);
        }
        if (block != BlockPool.NONE) {
            return block;
        }
        if (victim == null) {
            throw new IllegalStateException("a sequence alone has no room in the KV cache");
        }
        victim.preempt(blocks);
        reporter.preempted();
        return BlockPool.NONE;
    }

    private @Nullable Sequence victim() {
        List<Sequence> sequences = running.list();
        Sequence oldest = null;
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            if (holdsBlocks(sequence) && (oldest == null || sequence.number() < oldest.number())) {
                oldest = sequence;
            }
        }
        Sequence victim = null;
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            if (holdsBlocks(sequence) && sequence != oldest && (victim == null || goesBefore(sequence, victim))) {
                victim = sequence;
            }
        }
        return victim;
    }

    private static boolean holdsBlocks(Sequence sequence) {
        return !sequence.hasEnded() && !sequence.wasPreempted() && !sequence.isFollowing();
    }

    private boolean goesBefore(Sequence one, Sequence other) {
        int excess = Math.max(blocks.excess(one.tenant().blocks()), 0);
        int otherExcess = Math.max(blocks.excess(other.tenant().blocks()), 0);
        if (excess != otherExcess) {
            return excess > otherExcess;
        }
        int priority = one.request().terms().priority();
        int otherPriority = other.request().terms().priority();
        return priority != otherPriority ? priority > otherPriority : one.number() > other.number();
    }
}
