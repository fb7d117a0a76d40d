// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * The tokens that may still be drawn. Every cut keeps the best of them, so cuts leave a prefix of the order of
 * preference; the order itself is never computed, since drawing does not need it.
 */
final class Candidates {
    /** Less likely tokens are never drawn: far below anything that can be observed, far above rounding to zero. */
    private static final float LEAST_PROBABILITY = 1e-30f;

    private final long[] keys;
    private final float[] probabilities;
    private int size;

    /**
     * Room for a vocabulary.
     *
     * @param probabilities of each token, as the temperature leaves them; read by every method
     */
    Candidates(float[] probabilities) {
        this.keys = new long[probabilities.length];
        this.probabilities = probabilities;
    }

    /** Starts with every token whose probability is at least {@code minimum}. */
    void startWithAll(float[] logits, float minimum) {
        float least = Math.max(minimum, LEAST_PROBABILITY);
        size = 0;
        for (int token = 0; token < logits.length; token++) {
            if (probabilities[token] >= least) {
                keys[size++] = TokenKey.of(logits[token], token);
            }
        }
    }

    /** Starts with some tokens. */
    void startWith(TopTokens top) {
        size = 0;
        for (int i = 0; i < top.size(); i++) {
            long key = top.key(i);
            if (probabilities[TokenKey.token(key)] >= LEAST_PROBABILITY) {
                keys[size++] = key;
            }
        }
    }

    /** Sum of the candidates' probabilities. */
    double mass() {
        return mass(0, size);
    }

    /** Keeps the fewest of the best candidates whose probabilities reach {@code mass}; at least one. */
    void keepMass(double mass) {
        int from = 0;
        int to = size;
        double before = 0;
        while (to - from > 1) {
            int pivot = partition(from, to);
            double better = before + mass(from, pivot);
            double withPivot = better + probability(pivot);
            if (better >= mass) {
                to = Math.max(pivot, from + 1);
            } else if (withPivot >= mass) {
                size = pivot + 1;
                return;
            } else if (pivot + 1 == to) {
                // Everything is needed.
                size = to;
                return;
            } else {
                from = pivot + 1;
                before = withPivot;
            }
        }
        size = to;
    }

    /** Keeps candidates whose probability is at least {@code minimum}. */
    void keepAtLeast(float minimum) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (probability(i) >= minimum) {
                keys[kept++] = keys[i];
            }
        }
        size = kept;
    }

    /** Draws a candidate by its share of the candidates' mass; {@code uniform} in [0, 1). */
    int draw(double uniform) {
        double left = uniform * mass();
        for (int i = 0; i < size - 1; i++) {
            left -= probability(i);
            if (left < 0) {
                return token(i);
            }
        }
        return token(size - 1);
    }

    int size() {
        return size;
    }

    int token(int index) {
        return TokenKey.token(keys[index]);
    }

    private float probability(int index) {
        return probabilities[TokenKey.token(keys[index])];
    }

    private double mass(int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += probability(i);
        }
        return sum;
    }

    /** Puts better candidates of a range before some pivot, worse ones after it; the pivot's index. */
    private int partition(int from, int to) {
        // A scattered choice: no order of logits that somebody can arrange makes this quadratic by accident.
        int choice = from + Integer.remainderUnsigned((from * 31 + to) * 0x9E3779B9, to - from);
        long pivot = keys[choice];
        keys[choice] = keys[to - 1];
        int boundary = from;
        for (int i = from; i < to - 1; i++) {
            long key = keys[i];
            if (key > pivot) {
                keys[i] = keys[boundary];
                keys[boundary++] = key;
            }
        }
        keys[to - 1] = keys[boundary];
        keys[boundary] = pivot;
        return boundary;
    }
}
