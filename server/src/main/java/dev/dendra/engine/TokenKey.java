// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * A token and its logit as one number whose order is the order of preference: the larger logit first, of equal logits
 * the lower token. No two tokens have equal keys, so every selection has one right answer.
 */
final class TokenKey {
    private TokenKey() {}

    /** The key of a token; {@code logit} must not be NaN. */
    static long of(float logit, int token) {
        // Adding zero makes -0 equal to 0; flipping the magnitude bits of negatives makes float order integer order.
        int bits = Float.floatToRawIntBits(logit + 0f);
        bits ^= (bits >> 31) & Integer.MAX_VALUE;
        return (long) bits << 32 | (~token & 0xFFFFFFFFL);
    }

    static int token(long key) {
        return ~(int) key;
    }
}
