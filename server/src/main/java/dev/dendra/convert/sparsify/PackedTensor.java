// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.format.TensorDescription;
import java.lang.foreign.MemorySegment;

/**
 * A finished tensor.
 *
 * @param bytes as many as {@code description} says
 */
record PackedTensor(TensorDescription description, MemorySegment bytes) {}
