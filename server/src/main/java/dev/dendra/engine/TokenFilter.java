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
    private final int minimumTokens;
    private TokenConstraint.@Nullable State state;
    private int generated;

    TokenFilter(GenerationRequest request) {
        this.stopTokens = request.stopTokens().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
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
        long[] allowed = place.allowed();
        boolean mayStop = place.mayEnd() && generated >= minimumTokens;
        for (int word = 0; word * Long.SIZE < logits.length; word++) {
            // Stop tokens are few; most words of a strict grammar are all zeros or have few ones.
            long refused = ~allowed[word];
            int from = word * Long.SIZE;
            int to = Math.min(from + Long.SIZE, logits.length);
            while (refused != 0) {
                int token = from + Long.numberOfTrailingZeros(refused);
                if (token >= to) {
                    break;
                }
                if (!(mayStop && isStopToken(token))) {
                    logits[token] = Float.NEGATIVE_INFINITY;
                }
                refused &= refused - 1;
            }
        }
    }
}
