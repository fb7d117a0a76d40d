// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import java.lang.foreign.MemorySegment;

/**
 * Tells the JIT what all memory here is. The Vector API's fallbacks, which run until a method is compiled, use heap
 * segments, so that the profile shared by all its loads and stores comes to know two classes. C2 then surrounds a store with
 * barriers, or leaves it to a call, and the vector becomes an object. The call below has a profile of its own, with one
 * class; what it returns is of that class to code that it is inlined into. A segment of which a kernel reads single values
 * needs none of this, since that call site tells as much.
 */
final class NativeMemory {
    private NativeMemory() {}

    /** The segment itself. */
    static MemorySegment known(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("kernels work on native memory");
        }
        return segment;
    }
}
