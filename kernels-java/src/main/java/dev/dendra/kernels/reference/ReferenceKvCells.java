// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.tensor.Bfloat16;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Elements of the KV cache by token and index, as {@link KvType} rounds and {@link KvLayout} places them. */
public final class ReferenceKvCells {

    private ReferenceKvCells() {}

    /** Element {@code d} of the key in {@code slot} of the piece that starts at byte {@code piece}. */
    public static double key(KvLayout layout, MemorySegment cache, long piece, int slot, int d) {
        return read(layout, cache, piece, slot, piece + layout.keyElement(slot, d));
    }

    /** Element {@code d} of the value in {@code slot} of the piece that starts at byte {@code piece}. */
    public static double value(KvLayout layout, MemorySegment cache, long piece, int slot, int d) {
        return read(layout, cache, piece, slot, piece + layout.valueElement(slot, d));
    }

    /** Writes the head that starts at {@code column} of row {@code row} as the key in {@code slot}. */
    static void writeKey(
            KvLayout layout, MemorySegment cache, long piece, int slot, FloatMatrix x, int row, int column) {
        float largest = prepare(layout, cache, piece, slot, x, row, column);
        for (int d = 0; d < layout.headDimension(); d++) {
            write(layout.type(), cache, piece + layout.keyElement(slot, d), x.get(row, column + d), largest);
        }
    }

    /** Writes the head that starts at {@code column} of row {@code row} as the value in {@code slot}. */
    static void writeValue(
            KvLayout layout, MemorySegment cache, long piece, int slot, FloatMatrix x, int row, int column) {
        float largest = prepare(layout, cache, piece, slot, x, row, column);
        for (int d = 0; d < layout.headDimension(); d++) {
            write(layout.type(), cache, piece + layout.valueElement(slot, d), x.get(row, column + d), largest);
        }
    }

    private static double read(KvLayout layout, MemorySegment cache, long piece, int slot, long at) {
        return switch (layout.type()) {
            case F32 -> cache.get(ValueLayout.JAVA_FLOAT, at);
            case BF16 -> Bfloat16.toFloat(cache.get(ValueLayout.JAVA_SHORT, at));
            case INT8 ->
                (double) cache.get(ValueLayout.JAVA_FLOAT, piece + layout.scale(slot))
                        * cache.get(ValueLayout.JAVA_BYTE, at);
        };
    }

    private static void write(KvType type, MemorySegment cache, long at, float x, float largest) {
        switch (type) {
            case F32 -> cache.set(ValueLayout.JAVA_FLOAT, at, x);
            case BF16 -> cache.set(ValueLayout.JAVA_SHORT, at, Bfloat16.ofFloat(x));
            case INT8 -> {
                float inverse = KvType.LARGEST_CODE / largest;
                byte code = Float.isFinite(inverse) ? (byte) Math.rint(x * inverse) : 0;
                cache.set(ValueLayout.JAVA_BYTE, at, code);
            }
        }
    }

    /** Writes the scale, if the type has one, and returns the largest magnitude; NaN unless all elements are finite. */
    private static float prepare(
            KvLayout layout, MemorySegment cache, long piece, int slot, FloatMatrix x, int row, int column) {
        float largest = 0;
        for (int d = 0; d < layout.headDimension(); d++) {
            float element = x.get(row, column + d);
            largest = Float.isFinite(element) ? Math.max(largest, Math.abs(element)) : Float.NaN;
            if (Float.isNaN(largest)) {
                break;
            }
        }
        if (layout.type() == KvType.INT8) {
            boolean vanishing = Float.isInfinite(KvType.LARGEST_CODE / largest);
            float scale = vanishing ? 0 : largest / KvType.LARGEST_CODE;
            cache.set(ValueLayout.JAVA_FLOAT, piece + layout.scale(slot), scale);
        }
        return largest;
    }
}
