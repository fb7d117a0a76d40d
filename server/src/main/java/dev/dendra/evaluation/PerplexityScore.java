// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.Kernels;
import dev.dendra.model.LanguageModel;
import java.util.List;

/**
 * How well a model predicts a text.
 *
 * @param negativeLogLikelihood mean over the scored tokens, in nats; windows are the clusters of its standard error
 */
public record PerplexityScore(SampleMean negativeLogLikelihood) {

    /**
     * Scores every token of each window but the first.
     *
     * @param kernels of the model
     * @param windows at least one, of at least two tokens, as {@link TextWindows} cuts them
     * @throws EvaluationException if the model's logits are not finite
     * @throws IllegalArgumentException if a window is longer than the model's context or KV cache
     */
    public static PerplexityScore of(LanguageModel model, Kernels kernels, List<int[]> windows)
            throws EvaluationException {
        return of(model, kernels, windows, EvaluationProgress.NONE);
    }

    /** The same, and tells how far it is. */
    public static PerplexityScore of(
            LanguageModel model, Kernels kernels, List<int[]> windows, EvaluationProgress progress)
            throws EvaluationException {
        ClusterSums sums = new ClusterSums();
        int longest = windows.stream().mapToInt(window -> window.length).max().orElseThrow();
        try (SequenceScorer scorer = new SequenceScorer(model, kernels, longest)) {
            for (int[] window : windows) {
                sums.add(-scorer.logProbability(window, 1), window.length - 1);
                progress.advanced(window.length);
            }
        }
        return new PerplexityScore(sums.mean());
    }

    /** The score over all windows of several texts, which are strata: {@link SampleMean#pooled}. */
    public static PerplexityScore overall(List<PerplexityScore> texts) {
        return new PerplexityScore(SampleMean.pooled(
                texts.stream().map(PerplexityScore::negativeLogLikelihood).toList()));
    }

    /** Perplexity: the exponential of the mean negative log-likelihood. */
    public SampleMean perplexity() {
        return negativeLogLikelihood.exponential();
    }
}
