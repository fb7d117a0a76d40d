// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.BigramModel;
import dev.dendra.model.LanguageModel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two models whose probabilities are known, beside each other. */
class ModelComparisonTest {
    private static final double ROUNDING = 1e-6;
    private static final double[][] BASELINE = {{0.5, 0.25, 0.25}, {0.125, 0.75, 0.125}, {0.2, 0.2, 0.6}};
    private static final double[][] MODEL = {{0.25, 0.5, 0.25}, {0.25, 0.5, 0.25}, {0.2, 0.2, 0.6}};

    private final Kernels kernels = KernelSelector.select("reference").kernels();
    private final ComputePool pool = new ComputePool(2);

    @AfterEach
    void close() {
        pool.close();
    }

    private ModelComparison compare(double[][] probabilities, List<int[]> windows) throws EvaluationException {
        try (LanguageModel model = new BigramModel(probabilities);
                LanguageModel baseline = new BigramModel(BASELINE)) {
            return ModelComparison.of(model, baseline, kernels, pool, windows, EvaluationProgress.NONE);
        }
    }

    @Test
    void everyFigureIsTheOneWorkedOutByHand() throws EvaluationException {
        // Predicted after 0, 1, 1 and after 2, 0, 1; what is predicted: 1, 1, 2 and 0, 1, 0.
        ModelComparison comparison = compare(MODEL, List.of(new int[] {0, 1, 1, 2}, new int[] {2, 0, 1, 0}));
        double first = Math.log(1 / (0.5 * 0.5 * 0.25));
        double second = Math.log(1 / (0.2 * 0.5 * 0.25));
        double firstOfBaseline = Math.log(1 / (0.25 * 0.75 * 0.125));
        double secondOfBaseline = Math.log(1 / (0.2 * 0.25 * 0.125));
        assertEquals(
                (first + second) / 6, comparison.model().negativeLogLikelihood().value(), ROUNDING);
        assertEquals(
                (firstOfBaseline + secondOfBaseline) / 6,
                comparison.baseline().negativeLogLikelihood().value(),
                ROUNDING);

        // Paired: differences of the windows, of three tokens each, are log(3/8) and log(1/4).
        double difference = (Math.log(3.0 / 8) + Math.log(1.0 / 4)) / 6;
        double error = Math.abs(Math.log(3.0 / 8) - Math.log(1.0 / 4)) / 6;
        assertEquals(difference, comparison.difference().value(), ROUNDING);
        assertEquals(error, comparison.difference().standardError(), ROUNDING);
        assertEquals(Math.exp(difference), comparison.perplexityRatio().value(), ROUNDING);
        assertEquals(Math.exp(difference) * error, comparison.perplexityRatio().standardError(), ROUNDING);

        // Of the model from the baseline: after 0 half of log 2 less a quarter of it; after 1 as below; after 2 none.
        double afterZero = 0.25 * Math.log(2);
        double afterOne = 0.75 * Math.log(1.5) - 0.25 * Math.log(2);
        double firstWindow = afterZero + 2 * afterOne;
        double secondWindow = afterZero + afterOne;
        assertEquals((firstWindow + secondWindow) / 6, comparison.divergence().value(), ROUNDING);
        assertEquals((firstWindow - secondWindow) / 6, comparison.divergence().standardError(), ROUNDING);

        // The most likely token differs after 0 alone: at one place of three in either window.
        assertEquals(4.0 / 6, comparison.agreement().value(), ROUNDING);
        assertEquals(0, comparison.agreement().standardError(), ROUNDING);
    }

    @Test
    void aModelBesideItselfDiffersInNothing() throws EvaluationException {
        ModelComparison comparison = compare(BASELINE, List.of(new int[] {0, 1, 2, 2, 1, 0, 0, 1}, new int[] {2, 1}));
        assertEquals(1, comparison.perplexityRatio().value());
        assertEquals(0, comparison.perplexityRatio().standardError());
        assertEquals(0, comparison.divergence().value());
        assertEquals(1, comparison.agreement().value());
    }

    @Test
    void aDivergenceFarBelowTheLogitsIsStillThere() throws EvaluationException {
        // Logits are rounded to single precision, so what is expected comes from what that leaves of them.
        double[][] near = {BASELINE[0], BASELINE[1], {0.2 + 1e-4, 0.2 - 1e-4, 0.6}};
        ModelComparison comparison = compare(near, List.of(new int[] {2, 2, 2, 2}));
        double expected = 0.2 * (Math.log(0.2 / (0.2 + 1e-4)) + Math.log(0.2 / (0.2 - 1e-4)));
        assertEquals(expected, comparison.divergence().value(), expected / 100);
    }

    @Test
    void vocabulariesOfDifferentSizesAreRefused() {
        List<int[]> windows = List.of(new int[] {0, 1});
        assertThrows(IllegalArgumentException.class, () -> compare(new double[][] {{0.5, 0.5}, {0.5, 0.5}}, windows));
    }
}
