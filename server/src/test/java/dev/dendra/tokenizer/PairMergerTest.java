// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairMergerTest {
    private static final int ALPHABET = 5;

    /** The definition of byte-pair encoding: merge the leftmost of the best pairs, as long as there is one. */
    private static int[] merged(MergeTable merges, List<Integer> piece) {
        List<Integer> tokens = new ArrayList<>(piece);
        while (true) {
            int best = MergeTable.NONE;
            int place = -1;
            for (int i = 0; i + 1 < tokens.size(); i++) {
                int rank = merges.rank(tokens.get(i), tokens.get(i + 1));
                if (rank < best) {
                    best = rank;
                    place = i;
                }
            }
            if (place < 0) {
                return tokens.stream().mapToInt(Integer::intValue).toArray();
            }
            tokens.set(place, merges.result(tokens.get(place), tokens.remove(/* index */ place + 1)));
        }
    }

    private static MergeTable randomMerges(Random random) {
        MergeTable merges = new MergeTable(60);
        for (int result = ALPHABET; result < 65; result++) {
            merges.put(random.nextInt(result), random.nextInt(result), result / 2, result);
        }
        return merges;
    }

    @Test
    void mergesAsTheDefinitionDoes() {
        Random random = new Random(3);
        for (int round = 0; round < 3000; round++) {
            MergeTable merges = randomMerges(random);
            List<Integer> piece =
                    random.ints(random.nextInt(40), 0, ALPHABET).boxed().toList();
            PairMerger merger = new PairMerger(merges);
            TokenBuffer out = new TokenBuffer(8);
            piece.forEach(merger::add);
            merger.mergeInto(out);
            assertArrayEquals(merged(merges, piece), out.toArray());
        }
    }

    @Test
    void considersNoMoreThanThreeMergesForEachSymbol() {
        Random random = new Random(4);
        for (int size : new int[] {10, 1000, 100_000, 1_000_000}) {
            PairMerger merger = new PairMerger(randomMerges(random));
            for (int i = 0; i < size; i++) {
                merger.add(size % 3 == 1 ? 0 : random.nextInt(ALPHABET));
            }
            merger.mergeInto(new TokenBuffer(size));
            assertTrue(merger.queued() <= 3L * size, () -> merger.queued() + " merges considered");
        }
    }
}
