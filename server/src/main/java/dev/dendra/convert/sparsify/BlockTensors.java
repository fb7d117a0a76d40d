// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.model.ProductInput;

/** Names of a Transformer block's tensors. */
final class BlockTensors {
    private BlockTensors() {}

    /** {@code blk.0.ffn_gate.weight}. */
    static String name(int layer, String kind) {
        return "blk." + layer + "." + kind + ".weight";
    }

    /** What a matrix is multiplied with. */
    static ProductInput inputOf(String tensor) {
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
