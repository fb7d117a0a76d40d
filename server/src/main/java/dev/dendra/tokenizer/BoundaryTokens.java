// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tokens that begin and end a sequence.
 *
 * @param beginOfSequence token id, or -1
 * @param endOfSequence token id, or -1
 * @param addsBeginOfSequence whether the model wants {@code beginOfSequence} in front of a text prompt
 * @param endOfGeneration every token after which nothing follows
 */
record BoundaryTokens(
        int beginOfSequence, int endOfSequence, boolean addsBeginOfSequence, Set<Integer> endOfGeneration) {
    private static final String KEY = "tokenizer.ggml.";

    /** Control tokens that end a turn in published models, whose files often name only one of them by id. */
    private static final Set<String> END_SPELLINGS = Set.of(
            "<|im_end|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|end_of_text|>",
            "<|endoftext|>",
            "<|end|>",
            "<end_of_turn>",
            "</s>");

    /**
     * Reads the ids of {@code metadata}.
     *
     * @param addsByDefault what a file means that does not say whether a begin-of-sequence token is added
     * @throws ModelFormatException for an id outside the vocabulary, or a begin-of-sequence token wanted but not named
     */
    static BoundaryTokens of(ModelMetadata metadata, Vocabulary vocabulary, boolean addsByDefault)
            throws ModelFormatException {
        int begin = id(metadata, vocabulary, "bos_token_id");
        int end = id(metadata, vocabulary, "eos_token_id");
        boolean adds = metadata.flagOr(KEY + "add_bos_token", addsByDefault && begin >= 0);
        if (adds && begin < 0) {
            throw metadata.fault(KEY + "bos_token_id", "is missing although 'add_bos_token' is set");
        }
        Set<Integer> ends = new TreeSet<>();
        ends.add(end);
        ends.add(id(metadata, vocabulary, "eot_token_id"));
        ends.add(id(metadata, vocabulary, "eom_token_id"));
        ends.remove(-1);
        for (String spelling : END_SPELLINGS) {
            Integer token = vocabulary.id(spelling);
            if (token != null && vocabulary.type(token) == TokenType.CONTROL) {
                ends.add(token);
            }
        }
        return new BoundaryTokens(begin, end, adds, Collections.unmodifiableSet(ends));
    }

    private static int id(ModelMetadata metadata, Vocabulary vocabulary, String name) throws ModelFormatException {
        return metadata.integerOr(KEY + name, 0, vocabulary.size() - 1, -1);
    }
}
