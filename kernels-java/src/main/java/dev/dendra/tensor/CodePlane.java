// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One byte of each code of a {@link QuantizedMatrix}. The sums serve the minima of {@code u4g32} and the unsigned operand
 * of VNNI.
 *
 * @param codes int8 {@code [M][stride]}, row-major
 * @param sums int32, the sum of {@code codes} for each scale of the matrix
 */
public record CodePlane(MemorySegment codes, MemorySegment sums) {

    static CodePlane allocate(Arena arena, long codes, long scales) {
        return new CodePlane(OffHeap.allocate(arena, codes), OffHeap.allocate(arena, scales * Integer.BYTES));
    }

    void require(String name, long codeCount, long scaleCount) {
        OffHeap.require(name + " codes", codes, codeCount);
        OffHeap.require(name + " sums", sums, scaleCount * Integer.BYTES);
    }
}
