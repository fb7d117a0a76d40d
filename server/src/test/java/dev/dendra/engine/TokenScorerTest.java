// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.TokenLogprobs.Candidate;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenScorerTest {

    @Test
    void logprobsAreThoseOfTheSoftMax() {
        Random random = new Random(1);
        float[] logits = new float[2000];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            // Rounded, so that there are ties at every rank.
            logits[i] = Math.round(4 * (float) random.nextGaussian()) / 2f;
            sum += Math.exp(logits[i]);
        }
        List<Integer> order = IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> logits[a] == logits[b] ? Integer.compare(a, b) : Float.compare(logits[b], logits[a]))
                .toList();
        for (int alternatives : new int[] {0, 1, 5, 20, 1999, 5000}) {
            TokenLogprobs scored = score(logits, 77, alternatives);
            assertEquals(77, scored.token());
            assertEquals(logits[77] - Math.log(sum), scored.logprob(), 1e-5);
            int expected = Math.min(alternatives, logits.length);
            assertEquals(
                    order.subList(0, expected),
                    scored.top().stream().map(Candidate::token).toList());
            for (Candidate candidate : scored.top()) {
                assertEquals(logits[candidate.token()] - Math.log(sum), candidate.logprob(), 1e-5);
            }
        }
    }

    @Test
    void nanCountsAsImpossible() {
        float[] logits = {1, Float.NaN, 1, Float.NEGATIVE_INFINITY};
        TokenLogprobs scored = score(logits, 1, 4);
        assertEquals(Float.NEGATIVE_INFINITY, scored.logprob());
        float half = (float) Math.log(0.5);
        assertEquals(List.of(0, 2), scored.top().stream().map(Candidate::token).toList());
        assertEquals(half, scored.top().getFirst().logprob(), 1e-6);
    }

    @Test
    void infiniteLogitsGiveNoNan() {
        TokenLogprobs scored = score(new float[] {Float.POSITIVE_INFINITY, 3, Float.NEGATIVE_INFINITY}, 0, 3);
        assertEquals(0, scored.logprob());
        assertTrue(scored.top().stream().noneMatch(candidate -> Float.isNaN(candidate.logprob())));
        TokenLogprobs hopeless = score(new float[] {Float.NaN, Float.NEGATIVE_INFINITY}, 0, 2);
        assertEquals(new TokenLogprobs(0, Float.NEGATIVE_INFINITY, List.of()), hopeless);
    }

    private static TokenLogprobs score(float[] logits, int token, int alternatives) {
        FloatMatrix matrix = FloatMatrix.allocate(Arena.ofAuto(), 1, logits.length);
        for (int i = 0; i < logits.length; i++) {
            matrix.set(0, i, logits[i]);
        }
        return new TokenScorer(new RowKernels(), logits.length).score(matrix, 0, token, alternatives);
    }
}
