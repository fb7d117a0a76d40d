// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A weight matrix {@code [N, K]} in kernel layout, off-heap.
 *
 * @param name the tensor's name, for messages
 * @param layout shape and encoding, and the placement of the codes where all are stored
 * @param pattern which codes are stored; where they lie otherwise, {@code dev.dendra.sparse.SparseLayout} says, whose
 *     rules the bytes must follow, since kernels trust them
 * @param segment native bytes, 64-byte aligned: {@code layout.bytes()} for a dense matrix
 */
public record PackedMatrix(String name, PanelLayout layout, Pattern pattern, MemorySegment segment) {

    /** Checks what kernels rely on, so that they need not. */
    public PackedMatrix {
        if (pattern.isSparse() && layout.encoding() == Encoding.F32) {
            throw new IllegalArgumentException(name + ": no pattern " + pattern.id() + " of f32 weights");
        }
        OffHeap.require(name, segment, pattern.isSparse() ? OffHeap.ALIGNMENT : layout.bytes());
        segment = OffHeap.plain(segment);
    }

    /** A dense matrix. */
    public PackedMatrix(String name, PanelLayout layout, MemorySegment segment) {
        this(name, layout, Pattern.DENSE, segment);
    }

    /** Outputs N. */
    public int rows() {
        return layout.rows();
    }

    /** Inputs K. */
    public int columns() {
        return layout.columns();
    }

    /** How the weights are coded. */
    public Encoding encoding() {
        return layout.encoding();
    }
}
