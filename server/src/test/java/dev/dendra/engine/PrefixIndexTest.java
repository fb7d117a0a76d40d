// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Blocks by their digests; SHA-256 has four words here. */
class PrefixIndexTest {
    private static final int BLOCKS = 40;

    private final PrefixIndex index = new PrefixIndex(BLOCKS);

    @Test
    void everyWordOfADigestCounts() {
        for (int word = 0; word < BlockHasher.WORDS; word++) {
            long[] digest = {7, 7, 7, 7};
            digest[word] += 64;
            assertTrue(index.add(word, digest, 0));
            assertEquals(word, index.find(digest, 0));
        }
        assertEquals(BlockPool.NONE, index.find(new long[] {7, 7, 7, 7}, 0));
    }

    @Test
    void digestsMayLieAnywhereInTheirWords() {
        long[] words = {0, 0, 0, 0, 1, 2, 3, 4};
        assertTrue(index.add(5, words, 4));
        assertEquals(5, index.find(new long[] {1, 2, 3, 4}, 0));
    }

    @Test
    void aDigestIsListedOnceAndABlockToo() {
        long[] digest = {1, 2, 3, 4};
        assertTrue(index.add(5, digest, 0));
        assertFalse(index.add(6, digest, 0));
        assertFalse(index.contains(6));
        assertThrows(IllegalStateException.class, () -> index.add(5, new long[] {9, 9, 9, 9}, 0));
    }

    @Test
    void behavesLikeAMapOfDigestsInFewBuckets() {
        Random random = new Random(1);
        Map<Long, Integer> expected = new HashMap<>();
        long[] listed = new long[BLOCKS];
        for (int round = 0; round < 20_000; round++) {
            long value = random.nextInt(60);
            // Few first words: many digests share a bucket.
            long[] digest = {value % 4, value, 0, 0};
            int block = random.nextInt(BLOCKS);
            if (index.contains(block)) {
                index.remove(block);
                expected.remove(listed[block]);
            } else if (index.add(block, digest, 0)) {
                expected.put(value, block);
                listed[block] = value;
            }
            assertEquals(expected.getOrDefault(value, BlockPool.NONE), index.find(digest, 0));
        }
    }
}
