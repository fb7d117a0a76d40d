// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KvBlockAllocatorTest {

    @Test
    void noBlockIsHandedOutTwice() {
        KvBlockAllocator allocator = new KvBlockAllocator(50);
        Random random = new Random(1);
        List<int[]> held = new ArrayList<>();
        Set<Integer> inUse = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            int count = random.nextInt(12);
            if (allocator.canAllocate(count)) {
                int[] blocks = allocator.allocate(count);
                for (int block : blocks) {
                    assertTrue(block >= 0 && block < 50 && inUse.add(block), "block " + block);
                }
                held.add(blocks);
            } else {
                int[] blocks = held.remove(random.nextInt(held.size()));
                allocator.release(blocks);
                for (int block : blocks) {
                    inUse.remove(block);
                }
            }
            assertEquals(inUse.size(), allocator.used());
        }
    }

    @Test
    void mistakesAreNoticed() {
        KvBlockAllocator allocator = new KvBlockAllocator(4);
        int[] blocks = allocator.allocate(3);
        assertFalse(allocator.canAllocate(2));
        assertThrows(IllegalStateException.class, () -> allocator.allocate(2));
        allocator.release(blocks);
        assertThrows(IllegalStateException.class, () -> allocator.release(blocks));
    }

    @Test
    void aBlockHolds32Tokens() {
        assertEquals(0, KvBlockAllocator.blocksFor(0));
        assertEquals(1, KvBlockAllocator.blocksFor(32));
        assertEquals(2, KvBlockAllocator.blocksFor(33));
    }
}
