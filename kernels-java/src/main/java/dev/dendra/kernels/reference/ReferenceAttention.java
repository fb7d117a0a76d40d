// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The paged KV cache, written and attended one element at a time, with the soft-max in double precision. */
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
                for (int d = 0; d < layout.headDimension(); d++) {
                    int column = head * layout.headDimension() + d;
                    int position = rows.position(row);
                    cache.set(
                            ValueLayout.JAVA_FLOAT,
                            keyOffset(layout, layer, rows, row, position, head, d),
                            keys.get(row, column));
                    cache.set(
                            ValueLayout.JAVA_FLOAT,
                            valueOffset(layout, layer, rows, row, position, head, d),
                            values.get(row, column));
                }
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
            for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
                double[] shares = shares(q, layout, cache, layer, rows, scale, head, kvHead, row);
                for (int d = 0; d < layout.headDimension(); d++) {
                    double sum = 0;
                    for (int position = 0; position < shares.length; position++) {
                        sum += shares[position]
                                * cache.get(
                                        ValueLayout.JAVA_FLOAT,
                                        valueOffset(layout, layer, rows, row, position, kvHead, d));
                    }
                    y.set(row, head * layout.headDimension() + d, (float) sum);
                }
            }
        }
    }

    /** Soft-max of a query head's scores over the positions up to the row's own. */
    private static double[] shares(
            FloatMatrix q,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            float scale,
            int head,
            int kvHead,
            int row) {
        double[] shares = new double[rows.position(row) + 1];
        for (int position = 0; position < shares.length; position++) {
            double dot = 0;
            for (int d = 0; d < layout.headDimension(); d++) {
                dot += (double) q.get(row, head * layout.headDimension() + d)
                        * cache.get(ValueLayout.JAVA_FLOAT, keyOffset(layout, layer, rows, row, position, kvHead, d));
            }
            shares[position] = dot * scale;
        }
        ReferenceSoftmax.softmax(shares);
        return shares;
    }

    private static long keyOffset(KvLayout layout, int layer, StepRows rows, int row, int position, int kvHead, int d) {
        int slot = position % KvLayout.BLOCK_TOKENS;
        return layout.keyOffset(layer, block(rows, row, position), kvHead)
                + ((long) d * KvLayout.BLOCK_TOKENS + slot) * Float.BYTES;
    }

    private static long valueOffset(
            KvLayout layout, int layer, StepRows rows, int row, int position, int kvHead, int d) {
        int slot = position % KvLayout.BLOCK_TOKENS;
        return layout.valueOffset(layer, block(rows, row, position), kvHead)
                + ((long) slot * layout.headDimension() + d) * Float.BYTES;
    }

    private static int block(StepRows rows, int row, int position) {
        return rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
    }
}
