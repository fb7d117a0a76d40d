// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes keys, transposed, and values into the paged cache, rounded to its type; a scatter, so scalar. */
final class VectorKvWriter {
    private static final int EXPONENT = 0x7f80_0000;
    private static final int MAGNITUDE = 0x7fff_ffff;

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
        long keyStride = layout.keyElement(0, 1) - layout.keyElement(0, 0);
        long valueStride = layout.valueElement(0, 1) - layout.valueElement(0, 0);
        for (int row = rowFrom; row < rowTo; row++) {
            int position = rows.position(row);
            int block = rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
            int slot = position % KvLayout.BLOCK_TOKENS;
            for (int head = 0; head < layout.kvHeads(); head++) {
                int column = head * layout.headDimension();
                long key = layout.keyOffset(layer, block, head);
                long value = layout.valueOffset(layer, block, head);
                write(
                        layout,
                        keys.segment(),
                        keys.offset(row, column),
                        cache,
                        key + layout.scale(slot),
                        key + layout.keyElement(slot, 0),
                        keyStride);
                write(
                        layout,
                        values.segment(),
                        values.offset(row, column),
                        cache,
                        value + layout.scale(slot),
                        value + layout.valueElement(slot, 0),
                        valueStride);
            }
        }
    }

    /** One head: its scale, where there is one, and its elements from {@code target} on, {@code stride} bytes apart. */
    private static void write(
            KvLayout layout,
            MemorySegment head,
            long offset,
            MemorySegment cache,
            long scale,
            long target,
            long stride) {
        long bytes = (long) layout.headDimension() * Float.BYTES;
        switch (layout.type()) {
            case F32 -> scatter(head, offset, bytes, cache, target, stride);
            case BF16 -> scatterBfloat16(head, offset, bytes, cache, target, stride);
            case INT8 -> scatterCodes(head, offset, bytes, cache, scale, target, stride);
        }
    }

    private static void scatter(
            MemorySegment head, long offset, long bytes, MemorySegment cache, long target, long stride) {
        long place = target;
        for (long d = 0; d < bytes; d += Float.BYTES) {
            cache.set(ValueLayout.JAVA_FLOAT, place, head.get(ValueLayout.JAVA_FLOAT, offset + d));
            place += stride;
        }
    }

    private static void scatterBfloat16(
            MemorySegment head, long offset, long bytes, MemorySegment cache, long target, long stride) {
        long place = target;
        for (long d = 0; d < bytes; d += Float.BYTES) {
            short code = Bfloat16.ofFloat(head.get(ValueLayout.JAVA_FLOAT, offset + d));
            cache.set(ValueLayout.JAVA_SHORT, place, code);
            place += stride;
        }
    }

    private static void scatterCodes(
            MemorySegment head, long offset, long bytes, MemorySegment cache, long scale, long target, long stride) {
        // As integers magnitudes are ordered as they are as numbers, and what is not finite comes last.
        int most = 0;
        for (long d = 0; d < bytes; d += Float.BYTES) {
            most = Math.max(most, head.get(ValueLayout.JAVA_INT, offset + d) & MAGNITUDE);
        }
        float largest = most < EXPONENT ? Float.intBitsToFloat(most) : Float.NaN;
        float inverse = KvType.LARGEST_CODE / largest;
        boolean vanishing = Float.isInfinite(inverse);
        cache.set(ValueLayout.JAVA_FLOAT, scale, vanishing ? 0 : largest / KvType.LARGEST_CODE);
        float factor = Float.isFinite(inverse) ? inverse : 0;
        long place = target;
        for (long d = 0; d < bytes; d += Float.BYTES) {
            // NaN, of an infinity times 0 among others, becomes 0.
            float scaled = head.get(ValueLayout.JAVA_FLOAT, offset + d) * factor;
            cache.set(ValueLayout.JAVA_BYTE, place, (byte) Math.rint(scaled));
            place += stride;
        }
    }
}
