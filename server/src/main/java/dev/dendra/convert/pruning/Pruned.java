// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.sparse.BlockMask;
import dev.dendra.tensor.PackedMatrix;

/**
 * A pruned and coded matrix.
 *
 * @param live which blocks live
 * @param dense all weights in the encoding, dead ones as weights of zero; {@code SparsePacker} takes it with {@code live}
 * @param weights what the codes stand for, N * K row by row
 * @param relativeError root mean square of the difference to the weights before, over their root mean square
 */
public record Pruned(BlockMask live, PackedMatrix dense, float[] weights, double relativeError) {}
