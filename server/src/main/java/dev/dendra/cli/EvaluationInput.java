// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.ChoiceSequence;
import dev.dendra.evaluation.EncodedChoices;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What models are evaluated on, as tokens; it holds a text or an item of multiple choice at least.
 *
 * @param texts each in windows
 * @param choices items of multiple choice
 */
record EvaluationInput(List<Text> texts, List<EncodedChoices> choices) {

    /**
     * A text in windows.
     *
     * @param name of the text
     * @param windows at least one
     */
    record Text(String name, List<int[]> windows) {}

    /** Every sequence that a model computes. */
    private Stream<int[]> sequences() {
        return Stream.concat(
                texts.stream().flatMap(text -> text.windows.stream()),
                choices.stream().flatMap(item -> item.sequences().stream()).map(ChoiceSequence::tokens));
    }

    /** Tokens of the longest sequence. */
    int longest() {
        return sequences().mapToInt(tokens -> tokens.length).max().orElseThrow();
    }

    /** Tokens of all sequences. */
    long tokens() {
        return sequences().mapToLong(tokens -> tokens.length).sum();
    }

    /** Whether another model is asked the very same. */
    boolean hasTokensOf(EvaluationInput other) {
        return Arrays.deepEquals(sequences().toArray(), other.sequences().toArray());
    }
}
