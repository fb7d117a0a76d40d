// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The soft-max of a vocabulary's logits at a temperature. Buffers are allocated once; for one thread. */
final class Distribution {
    /** Probabilities that are summed before it is looked whether the drawn one is among them. */
    private static final int RUN = 256;

    private final Kernels kernels;
    private final float[] probabilities;
    private final FloatMatrix scaled;

    /**
     * Buffers for a vocabulary.
     *
     * @param arena lifetime
     */
    Distribution(Kernels kernels, Arena arena, int vocabularySize) {
        this.kernels = kernels;
        this.probabilities = new float[vocabularySize];
        this.scaled = FloatMatrix.allocate(arena, 1, vocabularySize);
    }

    /**
     * Sum of {@code exp((logit - largest) / temperature)}, at least 1.
     *
     * @param logits without NaN and +Infinity
     * @param largest of them
     */
    double mass(float[] logits, float largest, float temperature) {
        scale(logits, largest, temperature);
        return Math.exp(kernels.logSumExp(scaled, 0));
    }

    /** Computes the probabilities; the arguments are those of {@link #mass}. */
    void compute(float[] logits, float largest, float temperature) {
        scale(logits, largest, temperature);
        kernels.softmax(scaled, 0);
        MemorySegment.copy(scaled.segment(), ValueLayout.JAVA_FLOAT, 0, probabilities, 0, probabilities.length);
    }

    /**
     * Draws a token by the probabilities computed last; {@link Sampler#NO_TOKEN} where rounding leaves something of 1 and
     * that was drawn.
     *
     * @param uniform in [0, 1)
     */
    int draw(double uniform) {
        double left = uniform;
        for (int from = 0; from < probabilities.length; from += RUN) {
            int to = Math.min(from + RUN, probabilities.length);
            double sum = sum(from, to);
            if (left < sum) {
                return draw(left, from, to);
            }
            left -= sum;
        }
        return Sampler.NO_TOKEN;
    }

    private int draw(double uniform, int from, int to) {
        double left = uniform;
        for (int token = from; token < to; token++) {
            left -= probabilities[token];
            if (left < 0) {
                return token;
            }
        }
        return Sampler.NO_TOKEN;
    }

    /** In four sums that do not wait for each other. */
    private double sum(int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int token = from;
        for (; token + 4 <= to; token += 4) {
            a += probabilities[token];
            b += probabilities[token + 1];
            c += probabilities[token + 2];
            d += probabilities[token + 3];
        }
        for (; token < to; token++) {
            a += probabilities[token];
        }
        return a + b + (c + d);
    }

    private void scale(float[] logits, float largest, float temperature) {
        // The largest becomes 0, so that nothing can overflow but to -Infinity.
        for (int token = 0; token < logits.length; token++) {
            probabilities[token] = (logits[token] - largest) / temperature;
        }
        MemorySegment.copy(probabilities, 0, scaled.segment(), ValueLayout.JAVA_FLOAT, 0, probabilities.length);
    }
}
