// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.sparse.BlockMask;
import dev.dendra.tensor.Pattern;

/** The mask that a matrix brings along: blocks live that hold a weight other than zero. */
public final class GivenBlocks {
    private GivenBlocks() {}

    /** The mask of a matrix in a pattern; rows of blocks need not hold equally many. */
    public static BlockMask of(WeightMatrix weights, Pattern pattern) {
        BlockMask mask = new BlockMask(pattern, weights.rows(), weights.columns());
        for (int n = 0; n < weights.rows(); n++) {
            for (int k = 0; k < weights.columns(); k++) {
                if (weights.get(n, k) != 0) {
                    mask.set(n / pattern.blockRows(), k / pattern.blockColumns(), true);
                }
            }
        }
        return mask;
    }
}
