// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;

/**
 * Attention over the paged cache with a running soft-max (Milakov and Gimelshein 2018; Dao et al. 2022, algorithm 1):
 * block after block of 32 tokens, the output accumulated unnormalised in {@code y} and divided at the end.
 *
 * <p>The query heads of a KV head, and those of neighbouring rows of a prompt, go over each block together as a
 * {@linkplain AttentionTile tile}. Blocks that every row of the tile sees whole are shared; from the first one that a
 * row sees only in part, rows go alone, so that no row ever reads a token after its own. Each query's operations and
 * their order are the same whichever tile it is in.
 */
final class VectorAttention {
    /** Bytes of scratch that attention needs. */
    static final long SCRATCH_BYTES = AttentionTile.BYTES;

    private VectorAttention() {}

    static void attention(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix y,
            int heads,
            int kvHead,
            int rowFrom,
            int rowTo,
            MemorySegment scratch) {
        int group = heads / layout.kvHeads();
        int mostRows = Math.max(1, AttentionTile.QUERIES / group);
        int row = rowFrom;
        while (row < rowTo) {
            int tileRows = consecutiveRows(rows, row, Math.min(row + mostRows, rowTo));
            for (int head = 0; head < group; head += AttentionTile.QUERIES) {
                int tileHeads = Math.min(AttentionTile.QUERIES, group - head);
                start(q, y, layout, kvHead * group + head, tileHeads, row, tileRows, scratch);
                attendTile(q, layout, cache, layer, rows, scale, y, kvHead, row, tileRows, tileHeads, scratch);
                for (int query = 0; query < tileRows * tileHeads; query++) {
                    AttentionSoftmax.finish(y.segment(), layout.headDimension(), query, scratch);
                }
            }
            row += tileRows;
        }
    }

    /** How many rows from {@code row} on are consecutive positions of one sequence. */
    private static int consecutiveRows(StepRows rows, int row, int rowTo) {
        int next = row + 1;
        while (next < rowTo
                && rows.tableStart(next) == rows.tableStart(row)
                && rows.position(next) == rows.position(row) + next - row) {
            next++;
        }
        return next - row;
    }

    private static void start(
            FloatMatrix q,
            FloatMatrix y,
            KvLayout layout,
            int headFrom,
            int tileHeads,
            int row,
            int tileRows,
            MemorySegment scratch) {
        int query = 0;
        for (int r = row; r < row + tileRows; r++) {
            for (int head = headFrom; head < headFrom + tileHeads; head++) {
                int column = head * layout.headDimension();
                AttentionTile.start(scratch, query, q.offset(r, column), y.offset(r, column));
                AttentionSoftmax.clear(y.segment(), y.offset(r, column), layout.headDimension());
                query++;
            }
        }
    }

    private static void attendTile(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix y,
            int kvHead,
            int row,
            int tileRows,
            int tileHeads,
            MemorySegment scratch) {
        int table = rows.tableStart(row);
        int shared = (rows.position(row) + 1) / KvLayout.BLOCK_TOKENS;
        for (int b = 0; b < shared; b++) {
            attendBlock(
                    q,
                    layout,
                    cache,
                    layer,
                    rows.block(table + b),
                    KvLayout.BLOCK_TOKENS,
                    scale,
                    y,
                    kvHead,
                    0,
                    tileRows * tileHeads,
                    scratch);
        }
        for (int r = 0; r < tileRows; r++) {
            int visible = rows.position(row) + r + 1;
            for (int b = shared; b * KvLayout.BLOCK_TOKENS < visible; b++) {
                attendBlock(
                        q,
                        layout,
                        cache,
                        layer,
                        rows.block(table + b),
                        Math.min(KvLayout.BLOCK_TOKENS, visible - b * KvLayout.BLOCK_TOKENS),
                        scale,
                        y,
                        kvHead,
                        r * tileHeads,
                        (r + 1) * tileHeads,
                        scratch);
            }
        }
    }

    /** Queries {@code queryFrom .. queryTo} of the tile over the first {@code tokens} tokens of one block. */
    private static void attendBlock(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            int block,
            int tokens,
            float scale,
            FloatMatrix y,
            int kvHead,
            int queryFrom,
            int queryTo,
            MemorySegment scratch) {
        int headDimension = layout.headDimension();
        AttentionProducts.scores(
                q.segment(),
                cache,
                layout.keyOffset(layer, block, kvHead),
                headDimension,
                scale,
                queryFrom,
                queryTo,
                scratch);
        for (int query = queryFrom; query < queryTo; query++) {
            AttentionSoftmax.update(y.segment(), headDimension, tokens, query, scratch);
        }
        AttentionProducts.values(
                y.segment(),
                cache,
                layout.valueOffset(layer, block, kvHead),
                headDimension,
                tokens,
                queryFrom,
                queryTo,
                scratch);
    }
}
