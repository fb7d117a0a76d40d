// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.lang.foreign.MemorySegment;

/** Where the weights of a model go: an arena, or memory in huge pages. */
@FunctionalInterface
public interface TensorAllocator {

    /** {@code bytes} zeroed native bytes, 64-byte aligned, not mapped from a file. */
    MemorySegment allocate(long bytes);
}
