// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

/** Names that GGUF gives to tensors outside of the Transformer blocks. */
public final class TensorNames {
    /** The embedding table, which is the output head too where there is no {@link #HEAD}. */
    public static final String EMBEDDING = "token_embd.weight";

    /** Weights of the norm before the head. */
    public static final String OUTPUT_NORM = "output_norm.weight";

    /** The output head. */
    public static final String HEAD = "output.weight";

    private TensorNames() {}
}
