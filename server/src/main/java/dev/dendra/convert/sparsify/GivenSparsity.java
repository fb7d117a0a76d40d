// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.pruning.GivenBlocks;
import dev.dendra.convert.pruning.WeightMatrix;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.util.Locale;

/**
 * Whether a matrix of a model that was trained sparse is sparse in a pattern: whether leaving its dead blocks out saves bytes.
 * Weights that are zero by chance, as some codes of any matrix are, seldom do.
 */
final class GivenSparsity {
    private GivenSparsity() {}

    /**
     * Whether a matrix is sparse in a pattern; otherwise it is dense.
     *
     * @throws SparsifyException if it is sparse in another pattern, or a weight is not finite
     */
    static boolean isIn(PlannedTensor tensor, Pattern pattern) throws SparsifyException {
        WeightMatrix weights = BlockWeights.matrix(tensor);
        PanelLayout dense = new PanelLayout(tensor.encoding(), tensor.rows(), tensor.columns());
        BlockMask live = GivenBlocks.of(weights, pattern);
        if (SparsePacker.bytes(dense, live) < dense.bytes()) {
            return true;
        }
        long least = dense.bytes();
        BlockMask better = null;
        for (Pattern other : Pattern.values()) {
            if (other.isSparse() && other != pattern) {
                BlockMask mask = GivenBlocks.of(weights, other);
                long bytes = SparsePacker.bytes(dense, mask);
                if (bytes < least) {
                    least = bytes;
                    better = mask;
                }
            }
        }
        if (better != null) {
            throw new SparsifyException(String.format(
                    Locale.ROOT,
                    "tensor '%s' is not sparse in blocks of %s: %.3f of it lives, as in a dense one. In blocks of %s %.3f does: "
                            + "ask for --pattern %s, or leave the tensor dense with --keep %s",
                    tensor.name(),
                    pattern.id(),
                    live.density(),
                    better.pattern().id(),
                    better.density(),
                    better.pattern().id(),
                    tensor.name()));
        }
        return false;
    }
}
