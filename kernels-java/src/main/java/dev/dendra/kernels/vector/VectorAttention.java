// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;

/**
 * Attention over the paged cache with a running soft-max (Milakov and Gimelshein 2018; Dao et al. 2022, algorithm 1):
 * block after block of 32 tokens and span after span, the output of a span accumulated unnormalised, merged into
 * {@code y} and divided at the end.
 *
 * <p>The query heads of a KV head, and those of neighbouring rows of a prompt, go over each block together as a
 * {@linkplain AttentionTile tile}. Blocks that every row of the tile sees whole are shared; from the first one that a
 * row sees only in part, rows go alone, so that no row ever reads a token after its own. Each query's operations and
 * their order are the same whichever tile it is in.
 */
final class VectorAttention {
    /** Bytes of scratch that attention needs. */
    static final long SCRATCH_BYTES = AttentionTile.BYTES;

    private static final int SPAN_BLOCKS = AttentionSpans.TOKENS / KvLayout.BLOCK_TOKENS;

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
        int mostQueries = AttentionTile.queries(layout.headDimension());
        int mostRows = Math.max(1, mostQueries / group);
        int row = rowFrom;
        while (row < rowTo) {
            int tileRows = consecutiveRows(rows, row, Math.min(row + mostRows, rowTo));
            int spans = AttentionSpans.count(rows.position(row) + tileRows - 1);
            for (int head = 0; head < group; head += mostQueries) {
                int tileHeads = Math.min(mostQueries, group - head);
                place(q, y, layout, kvHead * group + head, tileHeads, row, tileRows, scratch);
                for (int span = 0; span < spans; span++) {
                    attendSpan(q, layout, cache, layer, rows, scale, kvHead, row, tileRows, tileHeads, span, scratch);
                    int first = Math.max(0, span * AttentionSpans.TOKENS - rows.position(row)) * tileHeads;
                    take(y, layout.headDimension(), span, first, tileRows * tileHeads, scratch);
                }
                divide(y, layout.headDimension(), tileRows * tileHeads, scratch);
            }
            row += tileRows;
        }
    }

    static void attentionSpans(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            FloatMatrix partials,
            int heads,
            int kvHead,
            int row,
            int spanFrom,
            int spanTo,
            int slot,
            MemorySegment scratch) {
        int group = heads / layout.kvHeads();
        int headDimension = layout.headDimension();
        int mostQueries = AttentionTile.queries(headDimension);
        for (int head = 0; head < group; head += mostQueries) {
            int tileHeads = Math.min(mostQueries, group - head);
            place(q, q, layout, kvHead * group + head, tileHeads, row, 1, scratch);
            for (int span = spanFrom; span < spanTo; span++) {
                attendSpan(q, layout, cache, layer, rows, scale, kvHead, row, 1, tileHeads, span, scratch);
                int into = slot + span - spanFrom;
                for (int query = 0; query < tileHeads; query++) {
                    int each = head + query;
                    SpanMerge.copy(
                            scratch,
                            AttentionTile.output(query, headDimension),
                            partials.segment(),
                            partials.offset(into, each * headDimension),
                            headDimension);
                    partials.set(into, group * headDimension + each, AttentionTile.largest(scratch, query));
                    partials.set(into, group * (headDimension + 1) + each, AttentionSoftmax.sum(scratch, query));
                }
            }
        }
    }

    static void mergeSpans(
            FloatMatrix partials,
            int slotFrom,
            int slotTo,
            KvLayout layout,
            FloatMatrix y,
            int heads,
            int kvHead,
            int row) {
        int group = heads / layout.kvHeads();
        int headDimension = layout.headDimension();
        MemorySegment from = partials.segment();
        MemorySegment to = y.segment();
        for (int head = 0; head < group; head++) {
            long output = y.offset(row, (kvHead * group + head) * headDimension);
            int column = head * headDimension;
            float largest = partials.get(slotFrom, group * headDimension + head);
            float sum = partials.get(slotFrom, group * (headDimension + 1) + head);
            SpanMerge.copy(from, partials.offset(slotFrom, column), to, output, headDimension);
            for (int slot = slotFrom + 1; slot < slotTo; slot++) {
                float next = partials.get(slot, group * headDimension + head);
                float kept = SpanMerge.kept(largest, next);
                float added = SpanMerge.added(largest, next);
                SpanMerge.add(from, partials.offset(slot, column), added, to, output, kept, headDimension);
                sum = Math.fma(sum, kept, partials.get(slot, group * (headDimension + 1) + head) * added);
                largest = Math.max(largest, next);
            }
            SpanMerge.multiply(to, output, headDimension, 1 / sum);
        }
    }

    /** Merges a span of queries {@code first .. queries}, those that see it, with those before. */
    private static void take(
            FloatMatrix y, int headDimension, int span, int first, int queries, MemorySegment scratch) {
        for (int query = first; query < queries; query++) {
            long from = AttentionTile.output(query, headDimension);
            long to = AttentionTile.outputOffset(scratch, query);
            float next = AttentionTile.largest(scratch, query);
            float sum = AttentionSoftmax.sum(scratch, query);
            if (span == 0) {
                SpanMerge.copy(scratch, from, y.segment(), to, headDimension);
                AttentionTile.setMerged(scratch, query, next, sum);
                continue;
            }
            float largest = AttentionTile.mergedLargest(scratch, query);
            float kept = SpanMerge.kept(largest, next);
            float added = SpanMerge.added(largest, next);
            SpanMerge.add(scratch, from, added, y.segment(), to, kept, headDimension);
            float merged = Math.fma(AttentionTile.mergedSum(scratch, query), kept, sum * added);
            AttentionTile.setMerged(scratch, query, Math.max(largest, next), merged);
        }
    }

    private static void divide(FloatMatrix y, int headDimension, int queries, MemorySegment scratch) {
        for (int query = 0; query < queries; query++) {
            long offset = AttentionTile.outputOffset(scratch, query);
            SpanMerge.multiply(y.segment(), offset, headDimension, 1 / AttentionTile.mergedSum(scratch, query));
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

    private static void place(
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
                AttentionTile.place(scratch, query, q.offset(r, column), y.offset(r, column));
                query++;
            }
        }
    }

    private static void attendSpan(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            int kvHead,
            int row,
            int tileRows,
            int tileHeads,
            int span,
            MemorySegment scratch) {
        for (int query = 0; query < tileRows * tileHeads; query++) {
            AttentionTile.startSpan(scratch, query, layout.headDimension());
        }
        int table = rows.tableStart(row);
        int from = span * SPAN_BLOCKS;
        int to = from + SPAN_BLOCKS;
        int shared = Math.clamp((rows.position(row) + 1) / KvLayout.BLOCK_TOKENS, from, to);
        for (int b = from; b < shared; b++) {
            attendBlock(
                    q,
                    layout,
                    cache,
                    layer,
                    rows.block(table + b),
                    KvLayout.BLOCK_TOKENS,
                    scale,
                    kvHead,
                    0,
                    tileRows * tileHeads,
                    scratch);
        }
        for (int r = 0; r < tileRows; r++) {
            int visible = rows.position(row) + r + 1;
            for (int b = shared; b < to && b * KvLayout.BLOCK_TOKENS < visible; b++) {
                attendBlock(
                        q,
                        layout,
                        cache,
                        layer,
                        rows.block(table + b),
                        Math.min(KvLayout.BLOCK_TOKENS, visible - b * KvLayout.BLOCK_TOKENS),
                        scale,
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
            int kvHead,
            int queryFrom,
            int queryTo,
            MemorySegment scratch) {
        int headDimension = layout.headDimension();
        boolean expands = layout.type() != KvType.F32;
        MemorySegment source = expands ? scratch : cache;
        long keys = layout.keyOffset(layer, block, kvHead);
        if (expands) {
            KvExpansion.keys(layout, cache, keys, scratch, AttentionTile.EXPANDED);
            keys = AttentionTile.EXPANDED;
        }
        AttentionProducts.scores(q.segment(), source, keys, headDimension, scale, queryFrom, queryTo, scratch);
        for (int query = queryFrom; query < queryTo; query++) {
            AttentionSoftmax.update(headDimension, tokens, query, scratch);
        }
        long values = layout.valueOffset(layer, block, kvHead);
        if (expands) {
            KvExpansion.values(layout, cache, values, tokens, scratch, AttentionTile.EXPANDED);
            values = AttentionTile.EXPANDED;
        }
        AttentionProducts.values(source, values, headDimension, tokens, queryFrom, queryTo, scratch);
    }
}
