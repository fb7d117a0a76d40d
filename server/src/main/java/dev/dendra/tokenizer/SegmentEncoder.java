// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** Encodes a stretch of ordinary text, between added tokens. */
interface SegmentEncoder {

    /**
     * Appends the tokens of characters {@code from} to {@code to}, exclusive and not empty.
     *
     * @param text well-formed UTF-16
     */
    void encode(String text, int from, int to, TokenBuffer out);
}
