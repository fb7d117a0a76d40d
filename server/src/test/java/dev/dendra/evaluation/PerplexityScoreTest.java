// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.BigramModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Perplexity of a model whose probabilities are known. */
class PerplexityScoreTest {
    /** Logits are in single precision. */
    private static final double ROUNDING = 1e-6;

    private static final double[][] PROBABILITIES = {{0.5, 0.25, 0.25}, {0.125, 0.75, 0.125}, {0.1, 0.1, 0.8}};

    private final Kernels kernels = KernelSelector.select("reference").kernels();

    @Test
    void aWindowIsScoredFromItsSecondTokenOn() throws EvaluationException {
        // 0 -> 1 -> 1 -> 2: 1/4, 3/4 and 1/8, whose product is 3/128.
        PerplexityScore score =
                PerplexityScore.of(new BigramModel(PROBABILITIES), kernels, List.of(new int[] {0, 1, 1, 2}));
        assertEquals(Math.log(128.0 / 3) / 3, score.negativeLogLikelihood().value(), ROUNDING);
        assertEquals(Math.cbrt(128.0 / 3), score.perplexity().value(), 10 * ROUNDING);
        assertEquals(3, score.perplexity().elements());
    }

    @Test
    void windowsAreIndependentOfEachOther() throws EvaluationException {
        // Two tokens each: 1/2, 1/4 and 4/5.
        List<int[]> windows = List.of(new int[] {0, 0}, new int[] {0, 2}, new int[] {2, 2});
        SampleMean mean = PerplexityScore.of(new BigramModel(PROBABILITIES), kernels, windows)
                .negativeLogLikelihood();
        double[] each = {Math.log(2), Math.log(4), Math.log(1.25)};
        double expected = (each[0] + each[1] + each[2]) / 3;
        double squares = 0;
        for (double value : each) {
            squares += (value - expected) * (value - expected);
        }
        assertEquals(expected, mean.value(), ROUNDING);
        assertEquals(Math.sqrt(squares / 2 / 3), mean.standardError(), ROUNDING);
        assertEquals(3, mean.clusters());
    }

    @Test
    void aWindowLongerThanAStepIsWhole() throws EvaluationException {
        int[] window = new int[13];
        double expected = 0;
        for (int i = 1; i < window.length; i++) {
            window[i] = i * i % 3;
            expected -= Math.log(PROBABILITIES[window[i - 1]][window[i]]);
        }
        List<Integer> heard = new ArrayList<>();
        PerplexityScore score =
                PerplexityScore.of(new BigramModel(PROBABILITIES), kernels, List.of(window), heard::add);
        assertEquals(expected / 12, score.negativeLogLikelihood().value(), ROUNDING);
        assertEquals(List.of(13), heard);
    }

    @Test
    void aWindowLongerThanTheContextIsRefused() {
        List<int[]> windows = List.of(new int[65]);
        assertThrows(
                IllegalArgumentException.class,
                () -> PerplexityScore.of(new BigramModel(PROBABILITIES), kernels, windows));
    }

    @Test
    void logitsThatAreNoNumbersAreAnError() {
        List<int[]> windows = List.of(new int[] {0, 1});
        EvaluationException failure = assertThrows(
                EvaluationException.class,
                () -> PerplexityScore.of(new BigramModel(new double[][] {{-1, 1}, {1, 1}}), kernels, windows));
        assertEquals("the model's logits are not finite: a log-probability is NaN", failure.getMessage());
    }
}
