// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Keys and values on their way into the cache. */
interface KvCacheContract extends KernelsUnderTest {

    @Test
    default void writeKvPutsEachElementInItsSlotAndNowhereElse() {
        for (int headDimension : new int[] {1, 7, 8, 20, 64}) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("writeKv head %d", headDimension);
                CachedSequences expected = new CachedSequences(arena, new Cases(arena), 2, headDimension, 70, 33);
                CachedSequences actual = new CachedSequences(arena, new Cases(arena), 2, headDimension, 70, 33);
                StepRows rows = expected.step(41, 2);
                FloatMatrix keys = cases.matrix(43, 2 * headDimension, Values.NOT_FINITE);
                FloatMatrix values = cases.matrix(43, 2 * headDimension, Values.FINITE_EXTREMES);
                int layer = CachedSequences.LAYER;
                REFERENCE.writeKv(keys, values, expected.layout(), expected.segment(), layer, rows, 1, 42);
                kernels().writeKv(keys, values, actual.layout(), actual.segment(), layer, rows, 1, 42);
                assertEquals(-1, expected.segment().mismatch(actual.segment()), label);
                actual.cache().assertUntouchedExcept(label, offset -> true);
            }
        }
    }

    /** The places themselves, spelled out. */
    @Test
    default void keysAreTransposedAndValuesAreNot() {
        try (Arena arena = Arena.ofConfined()) {
            KvLayout layout = new KvLayout(1, 2, 8, 3);
            FloatMatrix keys = FloatMatrix.allocate(arena, 1, 16);
            FloatMatrix values = FloatMatrix.allocate(arena, 1, 16);
            keys.set(0, 8 + 5, 3.5f);
            values.set(0, 8 + 5, -2.5f);
            StepRows rows = new StepRows(arena, 1, 4);
            rows.setRow(0, 0, 40, 2);
            rows.setBlock(3, 1);
            Guarded cache = Guarded.zeros(arena, layout.bytes());
            kernels().writeKv(keys, values, layout, cache.segment(), 0, rows, 0, 1);
            long key = layout.keyOffset(0, 1, 1) + (5 * 32 + 8) * 4L;
            long value = layout.valueOffset(0, 1, 1) + (8 * 8 + 5) * 4L;
            assertEquals(3.5f, cache.segment().get(ValueLayout.JAVA_FLOAT, key));
            assertEquals(-2.5f, cache.segment().get(ValueLayout.JAVA_FLOAT, value));
        }
    }
}
