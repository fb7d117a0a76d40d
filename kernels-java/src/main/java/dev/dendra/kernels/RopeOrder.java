// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/** Which elements of a head rotary embedding turns as a pair. */
public enum RopeOrder {
    /** Elements {@code 2i} and {@code 2i + 1}: GGUF files of architecture {@code llama}. */
    NORM,
    /** Elements {@code i} and {@code i + rotated / 2}: GPT-NeoX, Qwen. */
    NEOX
}
