// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Log-probabilities under the model's own distribution: {@code logit - logSumExp(logits)}. NaN counts as -Infinity. One
 * thread uses a scorer; only the answer is allocated.
 */
final class TokenScorer {
    private final Kernels kernels;
    private final float[] logits;
    private final TopTokens top = new TopTokens();

    TokenScorer(Kernels kernels, int vocabularySize) {
        this.kernels = kernels;
        this.logits = new float[vocabularySize];
    }

    /** Scores {@code token} at the place that a row of logits predicts, with the {@code alternatives} most likely there. */
    TokenLogprobs score(FloatMatrix matrix, int row, int token, int alternatives) {
        MemorySegment.copy(matrix.segment(), ValueLayout.JAVA_FLOAT, matrix.offset(row, 0), logits, 0, logits.length);
        float normalizer = kernels.logSumExp(matrix, row);
        if (!Float.isFinite(normalizer)) {
            normalizer = normalizerWithoutNan();
        }
        float logprob = logprob(logits[token], normalizer);
        if (alternatives <= 0) {
            return new TokenLogprobs(token, logprob, List.of());
        }
        top.select(logits, alternatives);
        top.sort();
        TokenLogprobs.Candidate[] best = new TokenLogprobs.Candidate[top.size()];
        for (int i = 0; i < best.length; i++) {
            int candidate = TokenKey.token(top.key(i));
            best[i] = new TokenLogprobs.Candidate(candidate, logprob(logits[candidate], normalizer));
        }
        return new TokenLogprobs(token, logprob, List.of(best));
    }

    private static float logprob(float logit, float normalizer) {
        if (!(logit > Float.NEGATIVE_INFINITY)) {
            return Float.NEGATIVE_INFINITY;
        }
        return Math.min(0, Math.min(logit, Float.MAX_VALUE) - normalizer);
    }

    /** For rows with NaN or infinities; infinite logits count as the largest finite number. */
    private float normalizerWithoutNan() {
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            if (logit > largest) {
                largest = Math.min(logit, Float.MAX_VALUE);
            }
        }
        double sum = 0;
        for (float logit : logits) {
            if (logit > Float.NEGATIVE_INFINITY) {
                sum += Math.exp((double) Math.min(logit, Float.MAX_VALUE) - largest);
            }
        }
        return sum > 0 ? (float) (largest + Math.log(sum)) : 0;
    }
}
