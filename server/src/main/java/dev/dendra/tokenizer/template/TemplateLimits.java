// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/**
 * How much one rendering may use up.
 *
 * @param steps values, expressions and statements worked on
 * @param charactersRead characters looked at, counted again each time
 * @param charactersMade characters of all texts made on the way
 * @param output characters of the result
 */
public record TemplateLimits(long steps, long charactersRead, long charactersMade, long output) {
    /** Enough for a conversation of a million characters, and over within a second or two. */
    public static final TemplateLimits DEFAULT = new TemplateLimits(2_000_000, 1L << 28, 1 << 25, 1 << 23);
}
