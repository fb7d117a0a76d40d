// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A weight matrix {@code [N, K]} in kernel layout, off-heap.
 *
 * @param name the tensor's name, for messages
 * @param layout shape and placement
 * @param segment {@code layout.bytes()} native bytes, 64-byte aligned
 */
public record PackedMatrix(String name, PanelLayout layout, MemorySegment segment) {

    /** Checks what kernels rely on, so that they need not. */
    public PackedMatrix {
        OffHeap.require(name, segment, layout.bytes());
        segment = OffHeap.plain(segment);
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
