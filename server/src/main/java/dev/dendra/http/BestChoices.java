// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** Picks the answers to give from more that were generated. */
final class BestChoices {
    private BestChoices() {}

    /**
     * The {@code choices} with the highest score of each run of {@code candidates}, best first; of equal ones the earlier.
     *
     * @param texts candidates of one prompt after those of another
     * @param score of the candidate at an index of {@code texts}
     */
    static List<TextDelta> pick(List<TextDelta> texts, int candidates, int choices, IntToDoubleFunction score) {
        List<TextDelta> picked = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += candidates) {
            List<Integer> order = new ArrayList<>();
            for (int i = from; i < from + candidates; i++) {
                order.add(i);
            }
            order.sort(Comparator.comparingDouble((Integer index) -> score.applyAsDouble(index))
                    .reversed());
            order.subList(0, choices).forEach(index -> picked.add(texts.get(index)));
        }
        return picked;
    }
}
