// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.ModelFormatException;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.platform.MemoryInfo;
import java.lang.foreign.Arena;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KvCacheOptionsTest {
    private static final int CONTEXT = 320;
    private static final int CONTEXT_BLOCKS = 10;

    private final Arena arena = Arena.ofShared();
    private final ModelConfig config;

    KvCacheOptionsTest() throws ModelFormatException {
        config = ModelConfig.of(new TinyModel(3).pack(arena).metadata());
    }

    @AfterEach
    void close() {
        arena.close();
    }

    private long blockBytes(KvType type) {
        return new KvLayout(type, config.layers(), config.kvHeads(), config.headDimension(), 1).bytes();
    }

    private int blocks(KvCacheOptions options, MemoryInfo memory) {
        KvLayout layout = options.layout(config, CONTEXT, memory);
        assertEquals(options.type(), layout.type());
        return layout.blocks();
    }

    private static MemoryInfo memory(long available) {
        return new MemoryInfo(available * 2, available, OptionalLong.empty());
    }

    @Test
    void memoryIsFilledWithWholeBlocksOfTheType() {
        MemoryInfo plenty = memory(1L << 40);
        for (KvType type : KvType.values()) {
            long block = blockBytes(type);
            assertEquals(1, blocks(KvCacheOptions.ofMemory(type, block), plenty));
            assertEquals(7, blocks(KvCacheOptions.ofMemory(type, 8 * block - 1), plenty));
        }
    }

    @Test
    void memoryForLessThanABlockOrMoreThanThereIsIsRefused() {
        long block = blockBytes(KvType.BF16);
        KvCacheOptions less = KvCacheOptions.ofMemory(KvType.BF16, block - 1);
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> blocks(less, memory(1L << 40)))
                        .getMessage());
        assertTrue(message.contains("a block of 32 tokens takes " + block + " in bf16"), message);
        KvCacheOptions more = KvCacheOptions.ofMemory(KvType.BF16, 5 * block);
        assertThrows(IllegalArgumentException.class, () -> blocks(more, memory(5 * block - 1)));
        assertEquals(5, blocks(more, memory(5 * block)));
    }

    @Test
    void automaticHoldsTheContextsOfAllSequencesOrAQuarterOfMemory() {
        long block = blockBytes(KvType.INT8);
        KvCacheOptions four = KvCacheOptions.automatic(KvType.INT8, 4);
        assertEquals(4 * CONTEXT_BLOCKS, blocks(four, memory(1L << 40)));
        assertEquals(30, blocks(four, memory(4 * 30 * block)));
        assertEquals(1, blocks(four, memory(1)));
    }

    @Test
    void theLimitOfAControlGroupCounts() {
        long block = blockBytes(KvType.F32);
        MemoryInfo limited = new MemoryInfo(1L << 40, 1L << 39, OptionalLong.of(4 * 12 * block));
        assertEquals(12, blocks(KvCacheOptions.automatic(KvType.F32, 100), limited));
        assertThrows(
                IllegalArgumentException.class, () -> blocks(KvCacheOptions.ofMemory(KvType.F32, 49 * block), limited));
    }

    @Test
    void manyLongContextsDoNotOverflow() {
        KvCacheOptions most = KvCacheOptions.automatic(KvType.INT8, Integer.MAX_VALUE);
        MemoryInfo endless = memory(Long.MAX_VALUE / 2);
        assertEquals(
                Integer.MAX_VALUE / 32,
                most.layout(config, Integer.MAX_VALUE, endless).blocks());
    }
}
