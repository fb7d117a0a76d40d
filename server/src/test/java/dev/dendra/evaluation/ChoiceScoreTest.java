// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.BigramModel;
import dev.dendra.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which choice a model whose probabilities are known takes. */
class ChoiceScoreTest {
    private static final double ROUNDING = 1e-12;

    /** After a: mostly b; after b: mostly b; c is rare; what begins a sequence is never seen within. */
    private static final double[][] PROBABILITIES = {
        {0.2, 0.5, 0.1, 0.15, 0.05},
        {0.1, 0.75, 0.05, 0.05, 0.05},
        {0.6, 0.1, 0.1, 0.1, 0.1},
        {0.2, 0.2, 0.2, 0.2, 0.2},
        {0.2, 0.2, 0.2, 0.2, 0.2},
    };

    private final Kernels kernels = KernelSelector.select("reference").kernels();

    private ChoiceScore score(ChoiceItem... items) throws EvaluationException {
        Tokenizer tokenizer = new LetterTokenizer(false);
        List<EncodedChoices> encoded =
                Stream.of(items).map(item -> item.encode(tokenizer)).toList();
        return ChoiceScore.of(new BigramModel(PROBABILITIES), kernels, encoded, EvaluationProgress.NONE);
    }

    private static ChoiceItem item(int answer, String... choices) {
        return new ChoiceItem("test", "a", List.of(choices), answer);
    }

    @Test
    void theSumOfLogProbabilitiesDecidesAndOverBytesTheirMean() throws EvaluationException {
        // After a: b has 1/2, bbb 1/2 * 3/4 * 3/4, which is less, but more for each byte; c has a tenth.
        ChoiceScore score = score(item(0, "b", "bbb"), item(1, "b", "bbb"), item(1, "b", "c", "a"));
        assertEquals(1.0 / 3, score.accuracy().value(), ROUNDING);
        assertEquals(1.0 / 3, score.accuracyPerByte().value(), ROUNDING);
        // One right of three: squared deviations 4/9 + 1/9 + 1/9, over 2 and 3.
        assertEquals(Math.sqrt(2.0 / 3 / 2 / 3), score.accuracy().standardError(), ROUNDING);
        assertEquals((0.5 + 0.5 + 1.0 / 3) / 3, score.chance(), ROUNDING);

        assertEquals(1, score(item(0, "b", "bbb")).accuracy().value());
        assertEquals(0, score(item(0, "b", "bbb")).accuracyPerByte().value());
    }

    @Test
    void thePromptIsNotScored() throws EvaluationException {
        // After the b: b has 3/4, ab 1/10 * 1/2. The prompt's own log-probability would favour the longer one.
        ChoiceItem item = new ChoiceItem("test", "aaab", List.of("ab", "b"), 1);
        assertEquals(1, score(item).accuracyPerByte().value());
    }

    @Test
    void choicesAreScoredFromWhereTheyPartFromThePrompt() {
        EncodedChoices plain = new ChoiceItem("test", "ab", List.of("ba", "c"), 0).encode(new LetterTokenizer(false));
        assertArrayEquals(new int[] {0, 1, 1, 0}, plain.sequences().getFirst().tokens());
        assertEquals(2, plain.sequences().getFirst().scoredFrom());
        assertEquals(2, plain.sequences().getFirst().bytes());

        EncodedChoices begun = new ChoiceItem("test", "ab", List.of("ba", "c"), 0).encode(new LetterTokenizer(true));
        assertArrayEquals(
                new int[] {LetterTokenizer.BEGIN, 0, 1, 2},
                begun.sequences().getLast().tokens());
        assertEquals(3, begun.sequences().getLast().scoredFrom());
    }

    @Test
    void aTokenThatReachesAcrossTheBorderIsTheChoices() {
        EncodedChoices merged = new ChoiceItem("test", "bc", List.of("a", "b"), 0).encode(new LetterTokenizer(false));
        ChoiceSequence first = merged.sequences().getFirst();
        assertArrayEquals(new int[] {1, LetterTokenizer.CA}, first.tokens());
        assertEquals(1, first.scoredFrom());
    }
}
