// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The paged KV cache, written and attended one element at a time, with the soft-max in double precision; what a span
 * gives is rounded to single precision, as it is where spans are computed apart.
 */
final class ReferenceAttention {

    private ReferenceAttention() {}

    static void writeKv(
            FloatMatrix keys,
            FloatMatrix values,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            int rowFrom,
            int rowTo) {
        for (int row = rowFrom; row < rowTo; row++) {
            for (int head = 0; head < layout.kvHeads(); head++) {
                int column = head * layout.headDimension();
                int position = rows.position(row);
                int block = block(rows, row, position);
                int slot = position % KvLayout.BLOCK_TOKENS;
                ReferenceKvCells.writeKey(layout, cache, layout.keyOffset(layer, block, head), slot, keys, row, column);
                ReferenceKvCells.writeValue(
                        layout, cache, layout.valueOffset(layer, block, head), slot, values, row, column);
            }
        }
    }

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
            int rowTo) {
        int group = heads / layout.kvHeads();
        for (int row = rowFrom; row < rowTo; row++) {
            int spans = AttentionSpans.count(rows.position(row));
            try (Arena arena = Arena.ofConfined()) {
                int columns = AttentionSpans.partialColumns(group, layout.headDimension());
                FloatMatrix partials = FloatMatrix.allocate(arena, spans, columns);
                attentionSpans(q, layout, cache, layer, rows, scale, partials, heads, kvHead, row, 0, spans, 0);
                mergeSpans(partials, 0, spans, layout, y, heads, kvHead, row);
            }
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
            int slot) {
        int group = heads / layout.kvHeads();
        int headDimension = layout.headDimension();
        for (int span = spanFrom; span < spanTo; span++) {
            int into = slot + span - spanFrom;
            int from = span * AttentionSpans.TOKENS;
            for (int head = 0; head < group; head++) {
                double[] shares =
                        scores(q, layout, cache, layer, rows, scale, kvHead * group + head, kvHead, row, from);
                float largest = (float) ReferenceSoftmax.largest(shares);
                double total = 0;
                for (int i = 0; i < shares.length; i++) {
                    shares[i] = Math.exp(shares[i] - largest);
                    total += shares[i];
                }
                for (int d = 0; d < headDimension; d++) {
                    double sum = 0;
                    for (int i = 0; i < shares.length; i++) {
                        sum += shares[i] * value(layout, cache, layer, rows, row, from + i, kvHead, d);
                    }
                    partials.set(into, head * headDimension + d, (float) sum);
                }
                partials.set(into, group * headDimension + head, largest);
                partials.set(into, group * (headDimension + 1) + head, (float) total);
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
        for (int head = 0; head < group; head++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int slot = slotFrom; slot < slotTo; slot++) {
                largest = Math.max(largest, partials.get(slot, group * headDimension + head));
            }
            double total = 0;
            double[] sums = new double[headDimension];
            for (int slot = slotFrom; slot < slotTo; slot++) {
                double share = Math.exp(partials.get(slot, group * headDimension + head) - largest);
                total += share * partials.get(slot, group * (headDimension + 1) + head);
                for (int d = 0; d < headDimension; d++) {
                    sums[d] += share * partials.get(slot, head * headDimension + d);
                }
            }
            for (int d = 0; d < headDimension; d++) {
                y.set(row, (kvHead * group + head) * headDimension + d, (float) (sums[d] / total));
            }
        }
    }

    /** A query head's scores over the positions of the span at {@code from}, up to the row's own. */
    private static double[] scores(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            int head,
            int kvHead,
            int row,
            int from) {
        double[] scores = new double[Math.min(AttentionSpans.TOKENS, rows.position(row) + 1 - from)];
        for (int i = 0; i < scores.length; i++) {
            double dot = 0;
            for (int d = 0; d < layout.headDimension(); d++) {
                dot += (double) q.get(row, head * layout.headDimension() + d)
                        * key(layout, cache, layer, rows, row, from + i, kvHead, d);
            }
            scores[i] = dot * scale;
        }
        return scores;
    }

    private static double key(
            KvLayout layout, MemorySegment cache, int layer, StepRows rows, int row, int position, int kvHead, int d) {
        long piece = layout.keyOffset(layer, block(rows, row, position), kvHead);
        return ReferenceKvCells.key(layout, cache, piece, position % KvLayout.BLOCK_TOKENS, d);
    }

    private static double value(
            KvLayout layout, MemorySegment cache, int layer, StepRows rows, int row, int position, int kvHead, int d) {
        long piece = layout.valueOffset(layer, block(rows, row, position), kvHead);
        return ReferenceKvCells.value(layout, cache, piece, position % KvLayout.BLOCK_TOKENS, d);
    }

    private static int block(StepRows rows, int row, int position) {
        return rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
    }
}
