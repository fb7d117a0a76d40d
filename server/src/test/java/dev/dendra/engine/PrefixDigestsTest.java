// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrefixDigestsTest {

    @Test
    void digestsAreChainedBySha256() throws Exception {
        int[] prompt = new Random(1).ints(70, 0, 50_000).toArray();
        PrefixDigests digests = PrefixDigests.of(Requests.of(prompt, 1, Requests.terms("müller", "salt", 0)));
        byte[] tenant = "müller".getBytes(StandardCharsets.UTF_8);
        byte[] parent = sha256(ByteBuffer.allocate(4 + tenant.length + 4)
                .putInt(tenant.length)
                .put(tenant)
                .put("salt".getBytes(StandardCharsets.UTF_8))
                .array());
        assertEquals(2, digests.count());
        for (int block = 0; block < 2; block++) {
            ByteBuffer input = ByteBuffer.allocate(32 + 128).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer parentWords = ByteBuffer.wrap(parent);
            for (int i = 0; i < 4; i++) {
                input.putLong(parentWords.getLong());
            }
            for (int i = 0; i < 32; i++) {
                input.putInt(prompt[32 * block + i]);
            }
            parent = sha256(input.array());
            assertArrayEquals(words(parent), at(digests, block));
        }
    }

    @Test
    void digestsThatAreAddedAreThoseOfTheWhole() {
        int[] prompt = new Random(2).ints(320, 0, 100).toArray();
        PrefixDigests whole = PrefixDigests.of(Requests.greedy(prompt, 1));
        PrefixDigests grown = PrefixDigests.of(Requests.greedy(Arrays.copyOf(prompt, 40), 1));
        PrefixDigests fork = grown.fork();
        BlockHasher hasher = new BlockHasher();
        for (int block = 1; block < 10; block++) {
            grown.add(hasher, Arrays.copyOfRange(prompt, 32 * block, 32 * block + 32));
            fork.add(hasher, new int[32]);
        }
        for (int block = 0; block < 10; block++) {
            assertArrayEquals(at(whole, block), at(grown, block));
        }
    }

    @Test
    void tenantAndSaltDoNotRunIntoEachOther() {
        Set<List<Long>> seen = new HashSet<>();
        for (String tenant : List.of("", "a", "ab", "abc", "abcd")) {
            String salt = "abcd".substring(tenant.length());
            PrefixDigests digests = PrefixDigests.of(Requests.of(new int[32], 1, Requests.terms(tenant, salt, 0)));
            seen.add(Arrays.stream(at(digests, 0)).boxed().toList());
        }
        assertEquals(5, seen.size());
    }

    private static long[] at(PrefixDigests digests, int block) {
        int from = PrefixDigests.at(block);
        return Arrays.copyOfRange(digests.words(), from, from + 4);
    }

    private static byte[] sha256(byte[] input) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(input);
    }

    private static long[] words(byte[] digest) {
        long[] words = new long[4];
        ByteBuffer.wrap(digest).asLongBuffer().get(words);
        return words;
    }
}
