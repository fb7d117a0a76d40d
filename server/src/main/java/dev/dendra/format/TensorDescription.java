// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.sparse.SparseLayout;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.util.List;

/**
 * What a packed tensor is, apart from its bytes: a weight matrix {@code [N, K]} in kernel layout, or a vector
 * {@code [length]} in single precision.
 *
 * @param name the tensor's name as in GGUF: {@code blk.0.attn_q.weight}
 * @param encoding how a matrix is coded; {@link Encoding#F32} for a vector
 * @param pattern which weights of a matrix are stored
 * @param density weights that are stored, among all of the shape, 0 to 1
 * @param shape {@code [N, K]} or {@code [length]}, each at least 1
 * @param bytes in memory and in a file; what the shape says unless the matrix is sparse
 * @param sourceType the type it was packed from: {@code Q4_1}
 * @param relativeError what packing cost: root mean square of the error over root mean square of the weights; 0 where
 *     every weight is kept exactly
 */
public record TensorDescription(
        String name,
        Encoding encoding,
        Pattern pattern,
        double density,
        List<Integer> shape,
        long bytes,
        String sourceType,
        double relativeError) {

    /**
     * Checks that the parts agree.
     *
     * @throws IllegalArgumentException naming what does not
     * @throws ArithmeticException if the shape has more than {@code 2^63 - 1} bytes
     */
    public TensorDescription {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > 2) {
            throw new IllegalArgumentException("shape " + shape + " is neither a matrix nor a vector");
        }
        if (shape.size() == 1 && (encoding != Encoding.F32 || pattern.isSparse() || shape.getFirst() < 1)) {
            throw new IllegalArgumentException(
                    "no vector of shape " + shape + " in " + encoding.id() + " and pattern " + pattern.id());
        }
        if (!(density >= 0 && density <= 1) || (density != 1 && !pattern.isSparse())) {
            throw new IllegalArgumentException("density " + density + " of pattern " + pattern.id());
        }
        if (!Double.isFinite(relativeError) || relativeError < 0) {
            throw new IllegalArgumentException("relative error " + relativeError);
        }
        if (pattern.isSparse()) {
            long least = new SparseLayout(new PanelLayout(encoding, shape.get(0), shape.get(1)), pattern).leastBytes();
            if (bytes < least || bytes % SparseLayout.TAIL_BYTES != 0) {
                throw new IllegalArgumentException(
                        "bytes are " + bytes + ", its shape needs at least " + least + " and a multiple of 64");
            }
        } else if (bytes != denseBytes(encoding, shape)) {
            throw new IllegalArgumentException(
                    "bytes are " + bytes + ", its shape needs " + denseBytes(encoding, shape));
        }
    }

    /** A tensor of which everything is stored. */
    public TensorDescription(
            String name, Encoding encoding, List<Integer> shape, String sourceType, double relativeError) {
        this(name, encoding, Pattern.DENSE, 1, shape, denseBytes(encoding, shape), sourceType, relativeError);
    }

    private static long denseBytes(Encoding encoding, List<Integer> shape) {
        return switch (shape.size()) {
            case 1 -> (long) shape.getFirst() * Float.BYTES;
            case 2 -> new PanelLayout(encoding, shape.get(0), shape.get(1)).bytes();
            default -> 0;
        };
    }

    /** Whether this is a matrix in kernel layout; else it is a vector. */
    public boolean isMatrix() {
        return shape.size() == 2;
    }

    /** Weights of the shape, stored or not. */
    public long weights() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, (one, other) -> one * other);
    }

    /** Weights that are stored, as {@link #density} gives them. */
    public double liveWeights() {
        return weights() * density;
    }

    /**
     * Shape and encoding of a matrix, and the placement of its weights where all are stored.
     *
     * @throws IllegalArgumentException if this is a vector, or the shape is out of range
     */
    public PanelLayout layout() {
        if (!isMatrix()) {
            throw new IllegalArgumentException("tensor '" + name + "' is a vector");
        }
        return new PanelLayout(encoding, shape.get(0), shape.get(1));
    }

    /** The same tensor with what packing it cost. */
    public TensorDescription withRelativeError(double error) {
        return new TensorDescription(name, encoding, pattern, density, shape, bytes, sourceType, error);
    }
}
