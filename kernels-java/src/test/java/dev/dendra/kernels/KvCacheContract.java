// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.reference.ReferenceKvCells;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Keys and values on their way into the cache. */
interface KvCacheContract extends KernelsUnderTest {

    @Test
    default void writeKvPutsEachElementInItsSlotAndNowhereElse() {
        for (KvType type : KvType.values()) {
            for (int headDimension : new int[] {1, 7, 8, 20, 64, 80, 128}) {
                for (Values kind : Values.values()) {
                    compareWritten(type, headDimension, kind);
                }
            }
        }
    }

    private void compareWritten(KvType type, int headDimension, Values kind) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            String label = cases.label("writeKv %s head %d, %s", type, headDimension, kind);
            CachedSequences expected = new CachedSequences(arena, new Cases(arena), type, 2, headDimension, 70, 33);
            CachedSequences actual = new CachedSequences(arena, new Cases(arena), type, 2, headDimension, 70, 33);
            StepRows rows = expected.step(41, 2);
            FloatMatrix keys = cases.matrix(43, 2 * headDimension, kind);
            FloatMatrix values = cases.matrix(43, 2 * headDimension, kind);
            int layer = CachedSequences.LAYER;
            REFERENCE.writeKv(keys, values, expected.layout(), expected.segment(), layer, rows, 1, 42);
            kernels().writeKv(keys, values, actual.layout(), actual.segment(), layer, rows, 1, 42);
            assertEquals(-1, expected.segment().mismatch(actual.segment()), label);
            actual.cache().assertUntouchedExcept(label, offset -> true);
        }
    }

    /** The places themselves, spelled out. */
    @Test
    default void keysAreTransposedAndValuesAreNot() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment f32 = oneToken(arena, KvType.F32);
            long piece = 32 * 8 * 4;
            // Block 1; of two heads' keys, then two heads' values, the second.
            assertEquals(3.5f, f32.get(ValueLayout.JAVA_FLOAT, 5 * piece + (5 * 32 + 8) * 4));
            assertEquals(-2.5f, f32.get(ValueLayout.JAVA_FLOAT, 7 * piece + (8 * 8 + 5) * 4));

            MemorySegment bf16 = oneToken(arena, KvType.BF16);
            piece = 32 * 8 * 2;
            // Token 8 of a key comes with token 24, that of a value with token 9.
            assertEquals(0x4060, bf16.get(ValueLayout.JAVA_SHORT, 5 * piece + (5 * 16 + 8) * 4));
            assertEquals((short) 0xc020, bf16.get(ValueLayout.JAVA_SHORT, 7 * piece + (4 * 8 + 5) * 4));

            MemorySegment int8 = oneToken(arena, KvType.INT8);
            piece = 32 * 4 + 32 * 8;
            assertEquals(3.5f / 127, int8.get(ValueLayout.JAVA_FLOAT, 5 * piece + 8 * 4));
            assertEquals(127, int8.get(ValueLayout.JAVA_BYTE, 5 * piece + 128 + 5 * 32 + 8));
            assertEquals(2.5f / 127, int8.get(ValueLayout.JAVA_FLOAT, 7 * piece + 8 * 4));
            assertEquals(-127, int8.get(ValueLayout.JAVA_BYTE, 7 * piece + 128 + 8 * 8 + 5));
        }
    }

    /** A cache of three blocks with one token, in slot 8 of block 1: element 5 of its second head is not zero. */
    private MemorySegment oneToken(Arena arena, KvType type) {
        KvLayout layout = new KvLayout(type, 1, 2, 8, 3);
        FloatMatrix keys = FloatMatrix.allocate(arena, 1, 16);
        FloatMatrix values = FloatMatrix.allocate(arena, 1, 16);
        keys.set(0, 8 + 5, 3.5f);
        values.set(0, 8 + 5, -2.5f);
        StepRows rows = new StepRows(arena, 1, 4);
        rows.setRow(0, 0, 40, 2);
        rows.setBlock(3, 1);
        Guarded cache = Guarded.zeros(arena, layout.bytes());
        kernels().writeKv(keys, values, layout, cache.segment(), 0, rows, 0, 1);
        return cache.segment();
    }

    /** What comes back is what went in, but for half a step of its type. */
    @Test
    default void whatIsReadBackIsWithinHalfAStep() {
        for (KvType type : KvType.values()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                KvLayout layout = new KvLayout(type, 1, 1, 40, 1);
                FloatMatrix x = cases.matrix(32, 40, Values.ORDINARY);
                StepRows rows = new StepRows(arena, 32, 1);
                rows.setBlock(0, 0);
                for (int row = 0; row < 32; row++) {
                    rows.setRow(row, 0, row, 0);
                }
                Guarded cache = Guarded.zeros(arena, layout.bytes());
                kernels().writeKv(x, x, layout, cache.segment(), 0, rows, 0, 32);
                for (int slot = 0; slot < 32; slot++) {
                    double largest = 0;
                    for (int d = 0; d < 40; d++) {
                        largest = Math.max(largest, Math.abs(x.get(slot, d)));
                    }
                    for (int d = 0; d < 40; d++) {
                        double step = switch (type) {
                            case F32 -> 0;
                            case BF16 -> Math.abs(x.get(slot, d)) * 0x1p-7;
                            case INT8 -> largest / 127 * (1 + 256 * UNIT_ROUNDOFF);
                        };
                        String label = cases.label("%s token %d element %d", type, slot, d);
                        double key = ReferenceKvCells.key(layout, cache.segment(), 0, slot, d);
                        double value = ReferenceKvCells.value(layout, cache.segment(), layout.headBytes(), slot, d);
                        assertEquals(x.get(slot, d), key, step / 2, label);
                        assertEquals(x.get(slot, d), value, step / 2, label);
                    }
                }
            }
        }
    }
}
