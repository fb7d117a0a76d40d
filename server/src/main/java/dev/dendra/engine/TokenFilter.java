// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that may come next in one sequence: stop tokens not before a minimum is reached, and what a {@link
 * TokenConstraint} allows.
 */
final class TokenFilter {
    private final int[] stopTokens;
    private final float[] stopLogits;
    private final int minimumTokens;
    private TokenConstraint.@Nullable State state;
    private int generated;

    TokenFilter(GenerationRequest request) {
        this.stopTokens = request.stopTokens().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        this.stopLogits = new float[stopTokens.length];
        this.minimumTokens = request.minimumTokens();
        this.state = request.constraint() == null ? null : request.constraint().start();
    }

    /** Whether {@link #apply} changes anything now. */
    boolean filters() {
        return state != null || holdsStopTokensBack();
    }

    /** Makes tokens that may not come next impossible. */
    void apply(float[] logits) {
        if (state != null) {
            applyConstraint(state, logits);
        } else if (holdsStopTokensBack()) {
            for (int token : stopTokens) {
                logits[token] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Notes a generated token. */
    void generated(int token) {
        generated++;
        if (state != null && !isStopToken(token)) {
            state = state.next(token);
        }
    }

    boolean isStopToken(int token) {
        return Arrays.binarySearch(stopTokens, token) >= 0;
    }

    /** Whether the constraint leaves nothing to generate but the end. */
    boolean mustEnd() {
        return state != null && state.mustEnd();
    }

    private boolean holdsStopTokensBack() {
        return generated < minimumTokens && stopTokens.length > 0;
    }

    private void applyConstraint(TokenConstraint.State place, float[] logits) {
        for (int i = 0; i < stopTokens.length; i++) {
            stopLogits[i] = logits[stopTokens[i]];
        }
        refuse(place.allowed(), logits);
        if (place.mayEnd() && generated >= minimumTokens) {
            for (int i = 0; i < stopTokens.length; i++) {
                logits[stopTokens[i]] = stopLogits[i];
            }
        }
    }

    /** Goes over whole words first: most are all zeros where a grammar is strict, and all ones where it is not. */
    private static void refuse(long[] allowed, float[] logits) {
        for (int from = 0; from < logits.length; from += Long.SIZE) {
            int word = from / Long.SIZE;
            // Models may have more logits than their vocabulary has tokens.
            long bits = word < allowed.length ? allowed[word] : 0;
            int to = Math.min(from + Long.SIZE, logits.length);
            if (Long.bitCount(bits) <= Long.SIZE / 2) {
                int next = from;
                while (bits != 0) {
                    int kept = from + Long.numberOfTrailingZeros(bits);
                    Arrays.fill(logits, next, Math.min(kept, to), Float.NEGATIVE_INFINITY);
                    next = kept + 1;
                    bits &= bits - 1;
                }
                Arrays.fill(logits, Math.min(next, to), to, Float.NEGATIVE_INFINITY);
            } else {
                long refused = ~bits;
                while (refused != 0) {
                    int token = from + Long.numberOfTrailingZeros(refused);
                    if (token >= to) {
                        break;
                    }
                    logits[token] = Float.NEGATIVE_INFINITY;
                    refused &= refused - 1;
                }
            }
        }
    }
}
