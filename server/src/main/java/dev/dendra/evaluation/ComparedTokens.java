// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** What two models make of each token of a window; a task compares two rows of logits. */
final class ComparedTokens implements ComputePool.Region {
    private final Kernels kernels;
    private final int[] window;
    private final double[] logProbabilities;
    private final double[] baselineLogProbabilities;
    private final double[] divergences;
    private final boolean[] agrees;
    private @Nullable FloatMatrix logits;
    private @Nullable FloatMatrix baselineLogits;
    private int position;

    /** Room for the tokens of {@code window}. */
    ComparedTokens(Kernels kernels, int[] window) {
        this.kernels = kernels;
        this.window = window;
        this.logProbabilities = new double[window.length];
        this.baselineLogProbabilities = new double[window.length];
        this.divergences = new double[window.length];
        this.agrees = new boolean[window.length];
    }

    /** The rows that come next: row {@code task} of both predicts position {@code newPosition + task}. */
    void next(FloatMatrix newLogits, FloatMatrix newBaselineLogits, int newPosition) {
        logits = newLogits;
        baselineLogits = newBaselineLogits;
        position = newPosition;
    }

    @Override
    public void run(int worker, int task) {
        FloatMatrix model = logits;
        FloatMatrix baseline = baselineLogits;
        if (model == null || baseline == null) {
            throw new IllegalStateException("there are no rows yet");
        }
        int at = position + task;
        logProbabilities[at] = SequenceScorer.logProbability(kernels, model, task, window[at]);
        baselineLogProbabilities[at] = SequenceScorer.logProbability(kernels, baseline, task, window[at]);
        divergences[at] = divergence(baseline, model, task);
        agrees[at] = kernels.argMax(model, task) == kernels.argMax(baseline, task);
    }

    /**
     * Kullback-Leibler divergence of {@code q} from {@code p}, both by their logits: the expectation under p of the
     * difference of the logits, less the difference of the normalisers. In double precision, since for models that are
     * close this is far below the logits.
     */
    private static double divergence(FloatMatrix p, FloatMatrix q, int row) {
        MemorySegment pLogits = p.segment().asSlice(p.offset(row, 0));
        MemorySegment qLogits = q.segment().asSlice(q.offset(row, 0));
        int columns = p.columns();
        double pLargest = largest(pLogits, columns);
        double qLargest = largest(qLogits, columns);
        double pSum = 0;
        double qSum = 0;
        double expectation = 0;
        for (int i = 0; i < columns; i++) {
            double x = pLogits.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i) - pLargest;
            double y = qLogits.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i) - qLargest;
            double weight = Math.exp(x);
            pSum += weight;
            qSum += Math.exp(y);
            expectation += weight * (x - y);
        }
        return expectation / pSum - Math.log(pSum) + Math.log(qSum);
    }

    private static double largest(MemorySegment values, int columns) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < columns; i++) {
            largest = Math.max(largest, values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i));
        }
        return largest;
    }

    /** For each position, in nats; 0 at the first, which is not scored. */
    double[] logProbabilities() {
        return logProbabilities;
    }

    /** The same by the baseline. */
    double[] baselineLogProbabilities() {
        return baselineLogProbabilities;
    }

    /** Of the model from the baseline for each position, in nats; 0 at the first. */
    double[] divergences() {
        return divergences;
    }

    /** Positions at which both hold the same token for the most likely one. */
    int agreements() {
        int count = 0;
        for (boolean agree : agrees) {
            count += agree ? 1 : 0;
        }
        return count;
    }
}
