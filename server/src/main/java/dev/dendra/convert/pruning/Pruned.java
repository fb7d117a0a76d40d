// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.sparse.BlockMask;
import dev.dendra.tensor.PackedMatrix;

/** A pruned and coded matrix. */
public final class Pruned {
    private final BlockMask live;
    private final PackedMatrix dense;
    private final float[] weights;
    private final double relativeError;

    Pruned(BlockMask live, PackedMatrix dense, float[] weights, double relativeError) {
        this.live = live;
        this.dense = dense;
        this.weights = weights;
        this.relativeError = relativeError;
    }

    /** Which blocks live. */
    public BlockMask live() {
        return live;
    }

    /** All weights in the encoding, dead ones as weights of zero; {@code SparsePacker} takes it with {@link #live}. */
    public PackedMatrix dense() {
        return dense;
    }

    /** What the codes stand for, N * K row by row; not a copy. */
    public float[] weights() {
        return weights;
    }

    /** Root mean square of the difference to the weights before, over their root mean square. */
    public double relativeError() {
        return relativeError;
    }
}
