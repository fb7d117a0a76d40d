// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Optional;

/** A model ready to run: metadata, and weights in kernel layout off-heap. Safe for use by many threads. */
public interface ModelSource extends AutoCloseable {

    /** Configuration, tokenizer and chat template. */
    ModelMetadata metadata();

    /** Every tensor, in file order. */
    Collection<TensorDescription> tensors();

    /** Whether there is a tensor of that name, be it a matrix or a vector. */
    boolean contains(String name);

    /**
     * A weight matrix {@code [N, K]}.
     *
     * @throws ModelFormatException if there is no such tensor, or it is a vector
     */
    PackedMatrix matrix(String name) throws ModelFormatException;

    /**
     * A vector of norm weights or biases: f32 {@code [length]} off-heap, 64-byte aligned, exactly {@code length * 4}
     * bytes; empty where there is no such tensor.
     *
     * @throws ModelFormatException if it is a matrix
     */
    Optional<MemorySegment> vector(String name) throws ModelFormatException;

    /** How weights of the model were left out; empty for one that has all. */
    default Optional<Sparsification> sparsification() {
        return Optional.empty();
    }

    /** Bytes of all tensors as packed. */
    long weightBytes();

    /**
     * Gives back the physical memory of weights that are mapped from a file, once they have been copied elsewhere. They
     * stay usable and are read again when touched.
     */
    default void unload() {}

    /** Ends the use of the model; what its tensors handed out before must not be used any more. */
    @Override
    void close();
}
