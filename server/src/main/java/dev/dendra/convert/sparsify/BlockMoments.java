// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.pruning.InputMoments;
import dev.dendra.model.ProductInput;
import dev.dendra.model.ProductObserver;
import dev.dendra.tensor.FloatMatrix;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Moments of those inputs of a block that enter matrices to be pruned. */
final class BlockMoments implements ProductObserver {
    private final Map<ProductInput, InputMoments> moments = new EnumMap<>(ProductInput.class);

    /**
     * Of no tokens yet.
     *
     * @param tensors of the block
     * @param threads that add
     */
    BlockMoments(Iterable<PlannedTensor> tensors, int threads) {
        for (PlannedTensor tensor : tensors) {
            if (tensor.isSparse()) {
                moments.computeIfAbsent(
                        BlockTensors.inputOf(tensor.name()), input -> new InputMoments(tensor.columns(), threads));
            }
        }
    }

    @Override
    public void beforeProduct(ProductInput input, FloatMatrix x, int rows) {
        InputMoments wanted = moments.get(input);
        if (wanted != null) {
            wanted.add(x, rows);
        }
    }

    /** Moments of what enters a matrix that is to be pruned. */
    InputMoments of(String tensor) {
        return Objects.requireNonNull(moments.get(BlockTensors.inputOf(tensor)), tensor);
    }

    /** Follows neurons that were put in another order. */
    void reorderNeurons(int... order) {
        moments.computeIfPresent(ProductInput.DOWN, (input, old) -> old.reordered(order));
    }
}
