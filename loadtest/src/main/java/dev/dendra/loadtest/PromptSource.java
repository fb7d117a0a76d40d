// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Says what the prompt of request {@code index} is; the same for the same index in every run. */
interface PromptSource {

    String prompt(int index);

    /**
     * Prompts of {@code words} common words, each prompt different, so that no cache of prefixes answers for the model.
     * Most vocabularies have each of these words as one token; the server's own count is what gets reported.
     */
    static PromptSource ofWords(int words, long seed) {
        List<String> vocabulary = List.of(
                "the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "on", "are", "as", "with", "they",
                "at", "be", "this", "from", "have", "or", "one", "had", "by", "word", "but", "not", "what", "all",
                "were", "we", "when");
        return index -> new Random(seed * 1_000_003 + index)
                .ints(words, 0, vocabulary.size())
                .mapToObj(vocabulary::get)
                .collect(Collectors.joining(" "));
    }
}
