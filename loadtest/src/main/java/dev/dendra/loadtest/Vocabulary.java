// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;

/**
 * Words of which each is one token, so that a text's length is known without counting.
 *
 * @param words to draw from
 * @param overhead tokens that a text has beyond its words, such as the one that begins a sequence
 * @param basis how this is known, for the report
 */
record Vocabulary(List<String> words, int overhead, String basis) {

    static final List<String> COMMON = List.of(
            "the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "on", "are", "as", "with", "they", "at",
            "be", "this", "from", "have", "or", "one", "had", "by", "word", "but", "not", "what", "all", "were", "we",
            "when");

    Vocabulary {
        words = List.copyOf(words);
    }

    /** Taking common words for one token each, as they are in most vocabularies. */
    static Vocabulary estimated(String why) {
        return new Vocabulary(COMMON, 0, "estimated as one token a word (" + why + ")");
    }

    /** A random text of {@code tokens} tokens, or of one word where the overhead leaves no room. */
    String text(int tokens, SplittableRandom random) {
        StringJoiner text = new StringJoiner(" ");
        for (int i = Math.max(1, tokens - overhead); i > 0; i--) {
            text.add(words.get(random.nextInt(words.size())));
        }
        return text.toString();
    }
}
