// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.pruning.InputMoments;
import dev.dendra.model.ProductInput;
import dev.dendra.model.ProductObserver;
import dev.dendra.tensor.FloatMatrix;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
                moments.computeIfAbsent(inputOf(tensor.name()), input -> new InputMoments(tensor.columns(), threads));
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

    /** Moments of what enters a matrix; null if it was not to be pruned. */
    @Nullable
    InputMoments of(String tensor) {
        return moments.get(inputOf(tensor));
    }

    private static ProductInput inputOf(String tensor) {
        String kind = tensor.split("\\.", -1)[2];
        return switch (kind) {
            case "attn_q", "attn_k", "attn_v" -> ProductInput.ATTENTION;
            case "attn_output" -> ProductInput.ATTENTION_OUTPUT;
            case "ffn_gate", "ffn_up" -> ProductInput.FEED_FORWARD;
            case "ffn_down" -> ProductInput.DOWN;
            default -> throw new IllegalArgumentException("no product with '" + tensor + "'");
        };
    }
}
