// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The merges that a vocabulary with scores implies: every way to put a token together from two others. */
final class ScoredMerges {
    private record Merge(int left, int right, int result) {}

    private ScoredMerges() {}

    /** Merges of text tokens; the higher the score of the result, the lower the rank, equal scores sharing one. */
    static MergeTable of(Vocabulary vocabulary, double[] scores) {
        List<Merge> merges = IntStream.range(0, vocabulary.size())
                .boxed()
                .sorted(Comparator.comparingDouble(token -> -scores[token]))
                .flatMap(token -> splits(vocabulary, token).stream())
                .toList();
        MergeTable table = new MergeTable(merges.size());
        int rank = 0;
        for (int i = 0; i < merges.size(); i++) {
            Merge merge = merges.get(i);
            if (i > 0 && scores[merges.get(i - 1).result] != scores[merge.result]) {
                rank++;
            }
            table.put(merge.left, merge.right, rank, merge.result);
        }
        return table;
    }

    private static List<Merge> splits(Vocabulary vocabulary, int token) {
        String spelling = vocabulary.spelling(token);
        if (vocabulary.textToken(spelling) < 0) {
            return List.of();
        }
        return IntStream.range(1, spelling.length())
                .mapToObj(at -> new Merge(
                        vocabulary.textToken(spelling.substring(0, at)),
                        vocabulary.textToken(spelling.substring(at)),
                        token))
                .filter(merge -> merge.left >= 0 && merge.right >= 0)
                .toList();
    }
}
