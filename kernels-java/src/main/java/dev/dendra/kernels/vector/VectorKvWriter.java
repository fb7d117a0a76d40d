// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes keys, transposed, and values into the paged cache; a scatter, so scalar. */
final class VectorKvWriter {
    private static final long KEY_STRIDE = KvLayout.BLOCK_TOKENS * Float.BYTES;

    private VectorKvWriter() {}

    static void writeKv(
            FloatMatrix keys,
            FloatMatrix values,
            KvLayout layout,
            MemorySegment cache,
            int layer,
            StepRows rows,
            int rowFrom,
            int rowTo) {
        int headDimension = layout.headDimension();
        long rowBytes = (long) headDimension * Float.BYTES;
        for (int row = rowFrom; row < rowTo; row++) {
            int position = rows.position(row);
            int block = rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
            int slot = position % KvLayout.BLOCK_TOKENS;
            for (int head = 0; head < layout.kvHeads(); head++) {
                int column = head * headDimension;
                scatter(
                        keys.segment(),
                        keys.offset(row, column),
                        rowBytes,
                        cache,
                        layout.keyOffset(layer, block, head) + (long) slot * Float.BYTES);
                MemorySegment.copy(
                        values.segment(),
                        values.offset(row, column),
                        cache,
                        layout.valueOffset(layer, block, head) + slot * rowBytes,
                        rowBytes);
            }
        }
    }

    /** One key into its column of {@code [headDimension][32]}. */
    private static void scatter(MemorySegment key, long offset, long bytes, MemorySegment cache, long target) {
        long place = target;
        for (long d = 0; d < bytes; d += Float.BYTES) {
            cache.set(ValueLayout.JAVA_FLOAT, place, key.get(ValueLayout.JAVA_FLOAT, offset + d));
            place += KEY_STRIDE;
        }
    }
}
