// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.lang.foreign.MemorySegment;

/** Copies the bytes of a tensor: who copies touches the new memory first, and has it near. */
@FunctionalInterface
public interface TensorCopier {
    /** Copies {@code from} to {@code to}, which is as long. */
    void copy(MemorySegment from, MemorySegment to);
}
