// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.LanguageModel;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * How a model predicts a text beside a baseline. All means are over the same scored tokens, with windows as the clusters
 * of their standard errors.
 *
 * @param model its own score
 * @param baseline the baseline's score
 * @param difference negative log-likelihood of the model less the baseline's, token by token, in nats: what the two have
 *     in common does not enter its standard error
 * @param divergence Kullback-Leibler divergence of the model's distribution over the vocabulary from the baseline's,
 *     {@code sum(b * log(b / m))}, in nats
 * @param agreement share of tokens for which both hold the same token for the most likely one
 */
public record ModelComparison(
        PerplexityScore model,
        PerplexityScore baseline,
        SampleMean difference,
        SampleMean divergence,
        SampleMean agreement) {

    /**
     * Compares two models over every token of each window but the first.
     *
     * @param kernels of the model
     * @param pool spreads the comparison of distributions over its threads; the models may use the same one
     * @param windows at least one, of at least two tokens, as {@link TextWindows} cuts them
     * @param progress hears how far it is
     * @throws EvaluationException if logits are not finite
     * @throws IllegalArgumentException if the models have vocabularies of different sizes, or a window is longer than the
     *     context or KV cache of one
     */
    public static ModelComparison of(
            LanguageModel model,
            LanguageModel baseline,
            Kernels kernels,
            ComputePool pool,
            List<int[]> windows,
            EvaluationProgress progress)
            throws EvaluationException {
        ClusterSums modelSums = new ClusterSums();
        ClusterSums baselineSums = new ClusterSums();
        ClusterSums differences = new ClusterSums();
        ClusterSums divergences = new ClusterSums();
        ClusterSums agreements = new ClusterSums();
        int longest = windows.stream().mapToInt(window -> window.length).max().orElseThrow();
        try (LogitsWalk walk = new LogitsWalk(List.of(model, baseline), longest)) {
            for (int[] window : windows) {
                ComparedTokens tokens = new ComparedTokens(kernels, window);
                walk.walk(window, 1, (logits, position, count) -> {
                    tokens.next(logits.getFirst(), logits.getLast(), position);
                    pool.run(tokens, count);
                });
                int scored = window.length - 1;
                double ofModel = -SequenceScorer.requireFinite(sum(tokens.logProbabilities()));
                double ofBaseline = -SequenceScorer.requireFinite(sum(tokens.baselineLogProbabilities()));
                modelSums.add(ofModel, scored);
                baselineSums.add(ofBaseline, scored);
                differences.add(ofModel - ofBaseline, scored);
                divergences.add(sum(tokens.divergences()), scored);
                agreements.add(tokens.agreements(), scored);
                progress.advanced(window.length);
            }
        }
        return new ModelComparison(
                new PerplexityScore(modelSums.mean()),
                new PerplexityScore(baselineSums.mean()),
                differences.mean(),
                divergences.mean(),
                agreements.mean());
    }

    /** The comparison over all windows of several texts, which are strata: {@link SampleMean#pooled}. */
    public static ModelComparison overall(List<ModelComparison> texts) {
        return new ModelComparison(
                PerplexityScore.overall(
                        texts.stream().map(ModelComparison::model).toList()),
                PerplexityScore.overall(
                        texts.stream().map(ModelComparison::baseline).toList()),
                pooled(texts, ModelComparison::difference),
                pooled(texts, ModelComparison::divergence),
                pooled(texts, ModelComparison::agreement));
    }

    private static SampleMean pooled(List<ModelComparison> texts, Function<ModelComparison, SampleMean> figure) {
        return SampleMean.pooled(texts.stream().map(figure).toList());
    }

    /** Perplexity of the model over the baseline's. */
    public SampleMean perplexityRatio() {
        return difference.exponential();
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
