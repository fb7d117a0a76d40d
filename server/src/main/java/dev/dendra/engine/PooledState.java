// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.EmbeddingService.Pooling;
import dev.dendra.tensor.FloatMatrix;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The hidden states of a text's tokens on their way to becoming one vector. They are summed in double precision, in the
 * order of the tokens, so that chunks do not matter. Scheduler thread; {@link #vector()} is for whoever has read of the
 * end in the mailbox.
 */
final class PooledState {
    private final Pooling pooling;
    private final double[] sum;
    private float @Nullable [] vector;

    /** Of a model whose hidden states have so many elements. */
    PooledState(Pooling pooling, int dimensions) {
        this.pooling = pooling;
        this.sum = new double[dimensions];
    }

    /** Forgets what was added: the text is computed from its beginning. */
    void clear() {
        Arrays.fill(sum, 0);
    }

    /** Of {@code rows} further tokens, up to the end of the text if {@code last}, how many matter: the last ones. */
    int wanted(int rows, boolean last) {
        return switch (pooling) {
            case MEAN -> rows;
            case LAST -> last ? 1 : 0;
        };
    }

    /** Adds the state of the next token that matters. */
    void add(FloatMatrix states, int row) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += states.get(row, i);
        }
    }

    /** Makes the vector, of length 1; false if the states have no direction: they are zero or not finite. */
    boolean finish() {
        // The mean is the sum but for its length, which the vector loses anyway.
        double squares = 0;
        for (double element : sum) {
            squares += element * element;
        }
        double length = Math.sqrt(squares);
        if (!(length > 0) || Double.isInfinite(length)) {
            return false;
        }
        float[] unit = new float[sum.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (sum[i] / length);
        }
        vector = unit;
        return true;
    }

    /** What {@link #finish} has made. */
    float[] vector() {
        if (vector == null) {
            throw new IllegalStateException("the text has not been computed");
        }
        return vector;
    }
}
