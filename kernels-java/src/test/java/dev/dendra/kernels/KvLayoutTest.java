// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KvLayoutTest {

    @Test
    void everyElementHasBytesOfItsOwn() {
        for (KvType type : KvType.values()) {
            for (int headDimension : new int[] {1, 20, 64, 80, 128}) {
                KvLayout layout = new KvLayout(type, 1, 1, headDimension, 1);
                assertPlaces(layout, true);
                assertPlaces(layout, false);
                assertEquals(0, layout.headBytes() % 64);
            }
        }
    }

    private static void assertPlaces(KvLayout layout, boolean keys) {
        Set<Long> places = new HashSet<>();
        for (int slot = 0; slot < KvLayout.BLOCK_TOKENS; slot++) {
            if (layout.type() == KvType.INT8) {
                assertTrue(layout.scale(slot) + Float.BYTES <= layout.scaleBytes());
            }
            for (int d = 0; d < layout.headDimension(); d++) {
                long place = keys ? layout.keyElement(slot, d) : layout.valueElement(slot, d);
                assertEquals(0, place % layout.type().elementBytes());
                assertTrue(place >= layout.scaleBytes());
                assertTrue(place + layout.type().elementBytes() <= layout.headBytes());
                assertTrue(places.add(place), "two elements at " + place);
            }
        }
    }

    /** A head of 64 elements: 256, 128 and 68 bytes for a token, the last with its scale. */
    @Test
    void bytesOfATokenAreThoseOfItsType() {
        assertEquals(30 * 2 * 3 * 256, new KvLayout(KvType.F32, 30, 3, 64, 7).bytesPerToken());
        assertEquals(30 * 2 * 3 * 128, new KvLayout(KvType.BF16, 30, 3, 64, 7).bytesPerToken());
        assertEquals(30 * 2 * 3 * 68, new KvLayout(KvType.INT8, 30, 3, 64, 7).bytesPerToken());
    }

    @Test
    void aCopiedBlockIsTheSameInAllLayersAndNothingElseChanges() {
        for (KvType type : KvType.values()) {
            KvLayout layout = new KvLayout(type, 3, 2, 20, 5);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment cache = arena.allocate(layout.bytes(), 64);
                for (long i = 0; i < layout.bytes(); i++) {
                    cache.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + i / 251));
                }
                byte[] before = cache.toArray(ValueLayout.JAVA_BYTE);
                layout.copyBlock(cache, 4, 1);
                for (long i = 0; i < layout.bytes(); i++) {
                    boolean copied = i / layout.blockBytes() % 5 == 1;
                    long from = copied ? i + 3 * layout.blockBytes() : i;
                    assertEquals(before[(int) from], cache.get(ValueLayout.JAVA_BYTE, i), type + " at " + i);
                }
            }
        }
    }

    @Test
    void typesAreFoundByName() {
        assertEquals(KvType.BF16, KvType.ofId("bf16"));
        IllegalArgumentException unknown = assertThrows(IllegalArgumentException.class, () -> KvType.ofId("u4"));
        assertEquals("unknown KV type 'u4'; known: f32, bf16, int8", unknown.getMessage());
    }
}
