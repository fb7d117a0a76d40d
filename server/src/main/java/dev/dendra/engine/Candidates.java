// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * The tokens that may still be drawn. Every cut keeps the best of them, so cuts leave a prefix of the order of
 * preference; the order itself is never computed, since drawing does not need it. A token's weight is its probability
 * over that of the most likely one.
 */
final class Candidates {
    /** Less likely tokens are never drawn: far below anything that can be observed, far above rounding to zero. */
    private static final double LEAST_WEIGHT = 1e-30;

    private final long[] keys;
    private final float[] weights;
    private int size;

    /** Room for a vocabulary. */
    Candidates(int vocabularySize) {
        this.keys = new long[vocabularySize];
        this.weights = new float[vocabularySize];
    }

    /**
     * Starts with every token whose weight, {@code exp((logit - largest) / temperature)}, is at least {@code minimum}.
     *
     * @param logits without NaN and +Infinity
     * @param largest of them
     */
    void startWithAtLeast(double minimum, float[] logits, float largest, float temperature) {
        double least = Math.log(Math.max(minimum, LEAST_WEIGHT));
        // A little lower than the logarithm says: the weights themselves decide.
        double lowest = largest + least * (1 + 1e-6) * temperature - 1e-6 * Math.abs(largest);
        float threshold = Math.max((float) lowest, -Float.MAX_VALUE);
        size = 0;
        for (int token = 0; token < logits.length; token++) {
            if (logits[token] >= threshold) {
                add(token, logits[token], largest, temperature);
            }
        }
        keepAtLeast((float) minimum);
    }

    /** Starts with some tokens; the other arguments are those of {@link #startWithAtLeast}. */
    void startWith(TopTokens top, float[] logits, float largest, float temperature) {
        size = 0;
        for (int i = 0; i < top.size(); i++) {
            int token = TokenKey.token(top.key(i));
            add(token, logits[token], largest, temperature);
        }
    }

    private void add(int token, float logit, float largest, float temperature) {
        double weight = Math.exp(((double) logit - largest) / temperature);
        if (weight >= LEAST_WEIGHT) {
            weights[token] = (float) weight;
            keys[size++] = TokenKey.of(logit, token);
        }
    }

    /** Sum of the candidates' weights. */
    double mass() {
        return mass(0, size);
    }

    /** Keeps the fewest of the best candidates whose weights reach {@code mass}; at least one. */
    void keepMass(double mass) {
        int from = 0;
        int to = size;
        double before = 0;
        while (to - from > 1) {
            int pivot = partition(from, to);
            double better = before + mass(from, pivot);
            double withPivot = better + weight(pivot);
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

    /** Keeps candidates whose weight is at least {@code minimum}. */
    void keepAtLeast(float minimum) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (weight(i) >= minimum) {
                keys[kept++] = keys[i];
            }
        }
        size = kept;
    }

    /** Draws a candidate by its share of the candidates' mass; {@code uniform} in [0, 1). */
    int draw(double uniform) {
        double left = uniform * mass();
        for (int i = 0; i < size - 1; i++) {
            left -= weight(i);
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

    private float weight(int index) {
        return weights[TokenKey.token(keys[index])];
    }

    private double mass(int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += weight(i);
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
