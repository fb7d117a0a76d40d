// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import org.jspecify.annotations.Nullable;

/** What a vocabulary entry is for; the numbers are GGUF's {@code tokenizer.ggml.token_type}. */
enum TokenType {
    /** Ordinary text. */
    NORMAL,
    /** Stands for text that the vocabulary cannot spell. */
    UNKNOWN,
    /** Structure, such as the end of a turn; never text. */
    CONTROL,
    /** Text that is always one token, matched before anything else. */
    USER_DEFINED,
    /** A place that training left empty. */
    UNUSED,
    /** One byte, spelled {@code <0x0A>}. */
    BYTE;

    private static final TokenType[] BY_NUMBER = values();

    /** The type with GGUF's number, 1 to 6; null for any other. */
    static @Nullable TokenType of(long number) {
        return number >= 1 && number <= BY_NUMBER.length ? BY_NUMBER[(int) number - 1] : null;
    }
}
