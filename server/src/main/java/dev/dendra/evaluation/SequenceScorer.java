// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.Kernels;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.util.List;

/** Log-probabilities of sequences under one model, in nats. */
final class SequenceScorer implements AutoCloseable {
    private final Kernels kernels;
    private final LogitsWalk walk;

    /** A scorer of sequences of up to {@code longest} tokens. */
    SequenceScorer(LanguageModel model, Kernels kernels, int longest) {
        this.kernels = kernels;
        this.walk = new LogitsWalk(List.of(model), longest);
    }

    /**
     * Log-probability of the tokens from {@code scoredFrom} on, given those before them: the sum of theirs.
     *
     * @param scoredFrom at least 1
     * @throws EvaluationException if the model's logits give no finite number
     */
    double logProbability(int[] tokens, int scoredFrom) throws EvaluationException {
        double[] sum = new double[1];
        walk.walk(tokens, scoredFrom, (logits, position, count) -> {
            for (int row = 0; row < count; row++) {
                sum[0] += logProbability(kernels, logits.getFirst(), row, tokens[position + row]);
            }
        });
        return requireFinite(sum[0]);
    }

    /** Log-probability of one token by a row of logits. */
    static double logProbability(Kernels kernels, FloatMatrix logits, int row, int token) {
        return (double) logits.get(row, token) - kernels.logSumExp(logits, row);
    }

    /** Refuses what logits that are NaN or infinite lead to. */
    static double requireFinite(double logProbability) throws EvaluationException {
        if (!Double.isFinite(logProbability)) {
            throw new EvaluationException("the model's logits are not finite: a log-probability is " + logProbability);
        }
        return logProbability;
    }

    @Override
    public void close() {
        walk.close();
    }
}
