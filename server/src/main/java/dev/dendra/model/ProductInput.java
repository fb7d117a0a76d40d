// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

/** The four kinds of activations that a Transformer block multiplies with weights; matrices of one kind share them. */
public enum ProductInput {
    /** Normalised hidden states, {@code [M, E]}: into query, key and value. */
    ATTENTION,
    /** What the heads gathered, {@code [M, heads * headDimension]}: into the output projection. */
    ATTENTION_OUTPUT,
    /** Normalised hidden states, {@code [M, E]}: into gate and up. */
    FEED_FORWARD,
    /** Gated neurons, {@code [M, F]}: into down. */
    DOWN
}
