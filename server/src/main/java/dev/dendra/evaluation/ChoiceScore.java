// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.Kernels;
import dev.dendra.model.LanguageModel;
import java.util.List;

/**
 * How often a model holds the right choice for the most likely one; items are the clusters of the standard errors. Of
 * equals the first counts.
 *
 * @param accuracy by the log-probability of a choice, the sum of its tokens'
 * @param accuracyPerByte by that over the choice's bytes in UTF-8, which is fairer to long ones
 * @param chance what guessing would give
 */
public record ChoiceScore(SampleMean accuracy, SampleMean accuracyPerByte, double chance) {

    /**
     * Scores items.
     *
     * @param kernels of the model
     * @param items at least one
     * @throws EvaluationException if the model's logits are not finite
     * @throws IllegalArgumentException if an item is longer than the model's context or KV cache
     */
    public static ChoiceScore of(
            LanguageModel model, Kernels kernels, List<EncodedChoices> items, EvaluationProgress progress)
            throws EvaluationException {
        ClusterSums plain = new ClusterSums();
        ClusterSums perByte = new ClusterSums();
        double chance = 0;
        int longest = items.stream().mapToInt(EncodedChoices::longest).max().orElseThrow();
        try (SequenceScorer scorer = new SequenceScorer(model, kernels, longest)) {
            for (EncodedChoices item : items) {
                int count = item.sequences().size();
                double[] logProbabilities = new double[count];
                double[] ofOneByte = new double[count];
                for (int i = 0; i < count; i++) {
                    ChoiceSequence sequence = item.sequences().get(i);
                    logProbabilities[i] = scorer.logProbability(sequence.tokens(), sequence.scoredFrom());
                    ofOneByte[i] = logProbabilities[i] / sequence.bytes();
                }
                plain.add(largest(logProbabilities) == item.answer() ? 1 : 0, 1);
                perByte.add(largest(ofOneByte) == item.answer() ? 1 : 0, 1);
                chance += 1.0 / count / items.size();
                progress.advanced(item.tokens());
            }
        }
        return new ChoiceScore(plain.mean(), perByte.mean(), chance);
    }

    private static int largest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
