// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which tokens are left of a row of logits. */
class TokenFilterTest {
    private static final int VOCABULARY = 130;

    @Test
    void stopTokensStayBackUntilTheMinimumIsReached() {
        TokenFilter filter = new TokenFilter(request(2, null, 3, 129));
        for (int generated = 0; generated < 2; generated++) {
            assertTrue(filter.filters());
            float[] logits = new float[VOCABULARY];
            filter.apply(logits);
            assertEquals(Float.NEGATIVE_INFINITY, logits[3]);
            assertEquals(Float.NEGATIVE_INFINITY, logits[129]);
            assertEquals(0, logits[4]);
            filter.generated(7);
        }
        assertFalse(filter.filters());
    }

    @Test
    void onlyAllowedTokensAreLeft() {
        TokenFilter filter = new TokenFilter(request(0, new Chain(64, 128), 3));
        assertArrayEquals(new int[] {64}, left(filter));
        filter.generated(64);
        assertArrayEquals(new int[] {128}, left(filter));
        assertFalse(filter.mustEnd());
        filter.generated(128);
        assertTrue(filter.mustEnd());
        assertArrayEquals(new int[] {3}, left(filter));
        filter.generated(3);
    }

    @Test
    void theMinimumHoldsForConstrainedTextsToo() {
        TokenFilter filter = new TokenFilter(request(3, new Chain(64, 128), 3));
        filter.generated(64);
        filter.generated(128);
        assertArrayEquals(new int[0], left(filter));
    }

    private static int[] left(TokenFilter filter) {
        float[] logits = new float[VOCABULARY];
        filter.apply(logits);
        BitSet left = new BitSet();
        for (int token = 0; token < VOCABULARY; token++) {
            left.set(token, logits[token] == 0);
        }
        return left.stream().toArray();
    }

    private static GenerationRequest request(int minimum, @Nullable TokenConstraint constraint, Integer... stopTokens) {
        return new GenerationRequest(
                "test",
                new int[] {1},
                minimum,
                10,
                SamplingParameters.greedy(),
                Set.of(stopTokens),
                -1,
                false,
                constraint,
                RequestTerms.ANONYMOUS);
    }

    /** One text only. */
    private static final class Chain implements TokenConstraint {
        private final int[] tokens;

        Chain(int... tokens) {
            this.tokens = tokens;
        }

        @Override
        public State start() {
            return new Place(0);
        }

        private final class Place implements State {
            private final int at;

            Place(int at) {
                this.at = at;
            }

            @Override
            public boolean allows(int token) {
                return at < tokens.length && tokens[at] == token;
            }

            @Override
            public long[] allowed() {
                long[] bits = new long[3];
                if (at < tokens.length) {
                    bits[tokens[at] / 64] = 1L << tokens[at] % 64;
                }
                return bits;
            }

            @Override
            public State next(int token) {
                assertTrue(allows(token));
                return new Place(at + 1);
            }

            @Override
            public boolean mayEnd() {
                return at == tokens.length;
            }

            @Override
            public boolean mustEnd() {
                return mayEnd();
            }
        }
    }
}
