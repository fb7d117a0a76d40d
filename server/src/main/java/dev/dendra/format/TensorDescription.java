// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.util.List;

/**
 * What a packed tensor is, apart from its bytes: a weight matrix {@code [N, K]} in kernel layout, or a vector
 * {@code [length]} in single precision.
 *
 * @param name the tensor's name as in GGUF: {@code blk.0.attn_q.weight}
 * @param encoding how a matrix is coded; {@link Encoding#F32} for a vector
 * @param shape {@code [N, K]} or {@code [length]}, each at least 1
 * @param sourceType the type it was packed from: {@code Q4_1}
 * @param relativeError what packing cost: root mean square of the error over root mean square of the weights; 0 where
 *     every weight is kept exactly
 */
public record TensorDescription(
        String name, Encoding encoding, List<Integer> shape, String sourceType, double relativeError) {

    /** Checks the shape. */
    public TensorDescription {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > 2) {
            throw new IllegalArgumentException("shape " + shape + " is neither a matrix nor a vector");
        }
        if (shape.size() == 1 && (encoding != Encoding.F32 || shape.getFirst() < 1)) {
            throw new IllegalArgumentException("no vector of shape " + shape + " in " + encoding.id());
        }
        if (!Double.isFinite(relativeError) || relativeError < 0) {
            throw new IllegalArgumentException("relative error " + relativeError);
        }
    }

    /** Whether this is a matrix in kernel layout; else it is a vector. */
    public boolean isMatrix() {
        return shape.size() == 2;
    }

    /**
     * Placement of a matrix.
     *
     * @throws IllegalArgumentException if this is a vector, or the shape is out of range
     */
    public PanelLayout layout() {
        if (!isMatrix()) {
            throw new IllegalArgumentException("tensor '" + name + "' is a vector");
        }
        return new PanelLayout(encoding, shape.get(0), shape.get(1));
    }

    /**
     * Bytes in memory and in a file.
     *
     * @throws ArithmeticException beyond {@code 2^63 - 1}
     */
    public long bytes() {
        return isMatrix() ? layout().bytes() : (long) shape.getFirst() * Float.BYTES;
    }

    /** The same tensor with what packing it cost. */
    public TensorDescription withRelativeError(double error) {
        return new TensorDescription(name, encoding, shape, sourceType, error);
    }
}
