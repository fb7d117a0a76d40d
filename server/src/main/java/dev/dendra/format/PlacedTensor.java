// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.tensor.OffHeap;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor and its place among the others.
 *
 * @param tensor what it is
 * @param offset bytes from the first tensor's start, a multiple of 64
 */
public record PlacedTensor(TensorDescription tensor, long offset) {

    /** Places tensors one after the other, each at the next multiple of 64 bytes. */
    public static List<PlacedTensor> inSequence(List<TensorDescription> tensors) {
        List<PlacedTensor> placed = new ArrayList<>(tensors.size());
        long offset = 0;
        for (TensorDescription tensor : tensors) {
            placed.add(new PlacedTensor(tensor, offset));
            offset = align(Math.addExact(offset, tensor.bytes()));
        }
        return placed;
    }

    /** Bytes from the first tensor's start to the end of the last. */
    public static long extent(List<PlacedTensor> placed) {
        long extent = 0;
        for (PlacedTensor each : placed) {
            extent = Math.max(extent, each.end());
        }
        return extent;
    }

    /** Where the tensor ends, in bytes from the first one's start. */
    public long end() {
        return Math.addExact(offset, tensor.bytes());
    }

    /** The next multiple of 64. */
    static long align(long offset) {
        return Math.addExact(offset, OffHeap.ALIGNMENT - 1) & -OffHeap.ALIGNMENT;
    }
}
