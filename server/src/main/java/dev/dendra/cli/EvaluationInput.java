// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.EncodedChoices;
import java.util.List;
import java.util.stream.IntStream;
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

    /** Tokens of the longest sequence. */
    int longest() {
        IntStream windows =
                texts.stream().flatMap(text -> text.windows.stream()).mapToInt(window -> window.length);
        return IntStream.concat(windows, choices.stream().mapToInt(EncodedChoices::longest))
                .max()
                .orElseThrow();
    }

    /** Tokens of all of it. */
    long tokens() {
        Stream<int[]> windows = texts.stream().flatMap(text -> text.windows.stream());
        return windows.mapToLong(window -> window.length).sum()
                + choices.stream().mapToLong(EncodedChoices::tokens).sum();
    }
}
