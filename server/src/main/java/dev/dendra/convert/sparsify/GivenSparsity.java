// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.pruning.GivenBlocks;
import dev.dendra.convert.pruning.WeightMatrix;
import dev.dendra.sparse.BlockMask;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.util.Locale;

/**
 * Whether a matrix of a model that was trained sparse is sparse in a pattern: whether its dead blocks have more bits than the
 * masks that leave them out. Weights that are zero by chance, as some codes of any matrix are, have fewer.
 */
final class GivenSparsity {
    private GivenSparsity() {}

    /**
     * Whether a matrix is sparse in a pattern; otherwise it is dense.
     *
     * @throws SparsifyException if another pattern saves more than twice as much, or a weight is not finite
     */
    static boolean isIn(PlannedTensor tensor, Pattern pattern) throws SparsifyException {
        WeightMatrix weights = BlockWeights.matrix(tensor);
        BlockMask live = GivenBlocks.of(weights, pattern);
        BlockMask best = live;
        for (Pattern other : Pattern.values()) {
            if (other.isSparse() && other != pattern) {
                BlockMask mask = GivenBlocks.of(weights, other);
                best = saved(mask, tensor.encoding()) > saved(best, tensor.encoding()) ? mask : best;
            }
        }
        double most = saved(best, tensor.encoding());
        if (most <= 0) {
            return false;
        }
        if (saved(live, tensor.encoding()) < most / 2) {
            throw new SparsifyException(String.format(
                    Locale.ROOT,
                    "tensor '%s' is not sparse in blocks of %s, of which %.3f live, but in blocks of %s, of which %.3f do: ask "
                            + "for --pattern %s, or leave the tensor dense with --keep %s",
                    tensor.name(),
                    pattern.id(),
                    live.density(),
                    best.pattern().id(),
                    best.density(),
                    best.pattern().id(),
                    tensor.name()));
        }
        return true;
    }

    /** Bits that a pattern saves for each weight, live or dead: those of dead codes less those of masks, one for each block. */
    private static double saved(BlockMask live, Encoding encoding) {
        Pattern pattern = live.pattern();
        return (1 - live.density()) * encoding.codeBits() - 1.0 / (pattern.blockRows() * pattern.blockColumns());
    }
}
