// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Sequences of given lengths in a paged cache whose blocks are handed out in shuffled order. Slots that hold no token
 * are NaN, so that reading one shows.
 */
final class CachedSequences {
    /** Layer in use, the second, so that a layer left out of an address shows. */
    static final int LAYER = 1;

    private final Arena arena;
    private final KvLayout layout;
    private final int[] lengths;
    private final int[] tableStarts;
    private final Guarded cache;
    private final List<Integer> blockTable = new ArrayList<>();

    CachedSequences(Arena arena, Cases cases, KvType type, int kvHeads, int headDimension, int... lengths) {
        this.arena = arena;
        this.lengths = lengths.clone();
        this.tableStarts = new int[lengths.length];
        int entries = 0;
        for (int i = 0; i < lengths.length; i++) {
            tableStarts[i] = entries;
            entries += (lengths[i] + KvLayout.BLOCK_TOKENS - 1) / KvLayout.BLOCK_TOKENS;
        }
        this.layout = new KvLayout(type, 2, kvHeads, headDimension, entries + 2);
        for (int block = 0; block < layout.blocks(); block++) {
            blockTable.add(block);
        }
        Collections.shuffle(blockTable, new Random(entries));
        this.cache = Guarded.canaries(arena, layout.bytes());
        // All ones are NaN in every type, and as scales.
        cache.segment().asSlice(0, layout.bytes()).fill((byte) -1);
        for (int i = 0; i < lengths.length; i++) {
            FloatMatrix keys = cases.matrix(lengths[i], kvHeads * headDimension, Values.ORDINARY);
            FloatMatrix values = cases.matrix(lengths[i], kvHeads * headDimension, Values.ORDINARY);
            KernelsUnderTest.REFERENCE.writeKv(
                    keys, values, layout, cache.segment(), LAYER, rows(i, 0, lengths[i]), 0, lengths[i]);
        }
        cache.remember();
    }

    KvLayout layout() {
        return layout;
    }

    Guarded cache() {
        return cache;
    }

    MemorySegment segment() {
        return cache.segment();
    }

    int length(int sequence) {
        return lengths[sequence];
    }

    int sequences() {
        return lengths.length;
    }

    /** Rows for positions {@code from .. to} of one sequence. */
    StepRows rows(int sequence, int from, int to) {
        StepRows rows = new StepRows(arena, to - from, blockTable.size());
        fillTable(rows);
        for (int position = from; position < to; position++) {
            rows.setRow(position - from, 0, position, tableStarts[sequence]);
        }
        return rows;
    }

    /** A step of the last {@code tails[i]} positions of each sequence {@code i}. */
    StepRows step(int... tails) {
        int total = 0;
        for (int tail : tails) {
            total += tail;
        }
        StepRows rows = new StepRows(arena, total, blockTable.size());
        fillTable(rows);
        int row = 0;
        for (int i = 0; i < tails.length; i++) {
            for (int position = lengths[i] - tails[i]; position < lengths[i]; position++) {
                rows.setRow(row, 0, position, tableStarts[i]);
                row++;
            }
        }
        return rows;
    }

    private void fillTable(StepRows rows) {
        for (int entry = 0; entry < blockTable.size(); entry++) {
            rows.setBlock(entry, blockTable.get(entry));
        }
    }
}
