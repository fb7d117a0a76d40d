// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private final CacheShare alice = new CacheShare();
    private final CacheShare bob = new CacheShare();

    @Test
    void noBlockHasTwoOwners() {
        BlockPool pool = new BlockPool(20);
        Random random = new Random(1);
        Map<Integer, Integer> references = new HashMap<>();
        List<Integer> held = new ArrayList<>();
        int prefixes = 0;
        for (int i = 0; i < 20_000; i++) {
            int choice = random.nextInt(4);
            if (choice == 0) {
                int block = pool.take(random.nextBoolean() ? alice : bob);
                if (block != BlockPool.NONE) {
                    assertFalse(references.containsKey(block), "block " + block);
                    references.put(block, 1);
                    held.add(block);
                }
            } else if (!held.isEmpty() && choice == 1) {
                int block = held.get(random.nextInt(held.size()));
                pool.retain(block);
                references.merge(block, 1, Integer::sum);
                held.add(block);
            } else if (!held.isEmpty() && choice == 2) {
                int block = held.get(random.nextInt(held.size()));
                if (pool.isWritable(block)) {
                    pool.list(block, digests(prefixes++), 0);
                    assertFalse(pool.isWritable(block));
                }
            } else if (!held.isEmpty()) {
                Collections.swap(held, random.nextInt(held.size()), held.size() - 1);
                int block = held.removeLast();
                pool.release(block);
                references.computeIfPresent(block, (_, count) -> count == 1 ? null : count - 1);
            }
            assertEquals(references.size(), pool.used());
            assertEquals(20 - references.size(), pool.unused());
            assertTrue(pool.available(alice) <= pool.unused());
        }
        assertTrue(pool.takeEvictions() > 100);
        held.forEach(pool::release);
        Set<Integer> all = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            all.add(pool.takeFromAnyone(alice));
        }
        assertEquals(20, all.size());
        assertEquals(BlockPool.NONE, pool.takeFromAnyone(alice));
    }

    @Test
    void aListedBlockIsFoundUntilItsPlaceIsNeeded() {
        BlockPool pool = new BlockPool(2);
        int block = pool.take(alice);
        pool.list(block, digests(1), 0);
        pool.release(block);
        assertEquals(block, pool.find(digests(1), 0));
        assertEquals(BlockPool.NONE, pool.find(digests(2), 0));
        assertEquals(0, pool.used());
        int other = pool.take(alice);
        assertNotEquals(block, other);
        assertEquals(block, pool.take(alice));
        assertEquals(BlockPool.NONE, pool.find(digests(1), 0));
        assertEquals(1, pool.takeEvictions());
        assertEquals(0, pool.takeEvictions());
    }

    @Test
    void ofTwoBlocksWithTheSameContentsOneIsKept() {
        BlockPool pool = new BlockPool(3);
        int first = pool.take(alice);
        int second = pool.take(alice);
        pool.list(first, digests(1), 0);
        pool.list(second, digests(1), 0);
        pool.release(second);
        pool.release(first);
        assertEquals(first, pool.find(digests(1), 0));
        assertEquals(2, pool.free());
    }

    @Test
    void nobodyTakesWhatAnotherHasWithinItsPart() {
        BlockPool pool = new BlockPool(10);
        fill(pool, alice, 0, 7);
        fill(pool, bob, 100, 3);
        assertEquals(3 + 2, pool.available(bob));
        assertEquals(7, pool.available(alice), "its own, and none of bob's three");
        for (int i = 0; i < 5; i++) {
            assertNotEquals(BlockPool.NONE, pool.take(bob));
        }
        assertEquals(BlockPool.NONE, pool.take(bob), "alice has five, half of all");
        assertNotEquals(BlockPool.NONE, pool.takeFromAnyone(bob));
        // Of alice's blocks the first ones went, which were idle for longest.
        assertEquals(BlockPool.NONE, pool.find(digests(2), 0));
        assertNotEquals(BlockPool.NONE, pool.find(digests(3), 0));
    }

    @Test
    void aSilentTenantLosesItsPart() {
        BlockPool pool = new BlockPool(10);
        fill(pool, alice, 0, 5);
        pool.setTime(Duration.ofMinutes(9).toNanos());
        assertEquals(5, pool.available(bob));
        pool.setTime(Duration.ofMinutes(11).toNanos());
        assertEquals(10, pool.available(bob));
    }

    @Test
    void mistakesAreNoticed() {
        BlockPool pool = new BlockPool(4);
        int block = pool.take(alice);
        pool.release(block);
        assertThrows(IllegalStateException.class, () -> pool.release(block));
        assertThrows(IllegalStateException.class, () -> pool.retain(block));
    }

    @Test
    void aBlockHolds32Tokens() {
        assertEquals(0, BlockPool.blocksFor(0));
        assertEquals(1, BlockPool.blocksFor(32));
        assertEquals(2, BlockPool.blocksFor(33));
    }

    /** Leaves {@code count} idle blocks, the first of which was used first. */
    private static void fill(BlockPool pool, CacheShare share, int prefix, int count) {
        for (int i = 0; i < count; i++) {
            int block = pool.take(share);
            pool.list(block, digests(prefix + i), 0);
            pool.release(block);
        }
    }

    private static PrefixDigests digests(int prefix) {
        int[] prompt = new int[32];
        prompt[7] = prefix;
        return PrefixDigests.of(Requests.greedy(prompt, 1));
    }
}
