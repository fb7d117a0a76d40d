// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Finds out which common words are one token for the server at hand, and what it adds to a text. */
final class VocabularyCalibration {

    private static final int CHECK_WORDS = 200;
    private static final int REPEATS = 8;

    private VocabularyCalibration() {}

    /** Falls back to the estimate, saying why, where the server does not count or counts in another way. */
    static Vocabulary of(TokenCounter counter) throws InterruptedException {
        try {
            List<String> single = new ArrayList<>();
            for (String word : Vocabulary.COMMON) {
                String one = ("of " + word).strip();
                if (counter.count(one + (" " + word).repeat(REPEATS)) - counter.count(one) == REPEATS) {
                    single.add(word);
                }
            }
            if (single.size() < 2) {
                return Vocabulary.estimated("the server's tokenizer has almost no common word as one token");
            }
            Vocabulary plain = new Vocabulary(single, 0, "");
            int overhead = counter.count(plain.text(CHECK_WORDS, new SplittableRandom(1))) - CHECK_WORDS;
            int again = counter.count(plain.text(2 * CHECK_WORDS, new SplittableRandom(2))) - 2 * CHECK_WORDS;
            if (overhead != again || overhead < 0) {
                return Vocabulary.estimated("the server's counts do not add up word by word");
            }
            return new Vocabulary(single, overhead, "counted by the server's /tokenize");
        } catch (IOException e) {
            return Vocabulary.estimated(String.valueOf(e.getMessage()));
        }
    }
}
