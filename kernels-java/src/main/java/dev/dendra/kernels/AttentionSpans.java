// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/**
 * How attention divides the positions of a sequence, so that several threads can share a row: into spans of
 * {@link #TOKENS} from position 0 on. Which spans a row has depends on its position alone, and so does its result.
 *
 * <p>What a span gives for the query heads that share a KV head is a <em>partial result</em>, a row of a matrix
 * {@code [slots, group * (headDimension + 2)]}: for each head the weighted sum of values, {@code [group, headDimension]},
 * with weights {@code exp(score - largest)}; then for each head the largest score; then for each the sum of the weights.
 */
public final class AttentionSpans {

    /**
     * Positions of a span, a multiple of {@link KvLayout#BLOCK_TOKENS}: few enough to share a context of a thousand,
     * enough that merging costs a long prompt about a hundredth of its attention.
     */
    public static final int TOKENS = 512;

    private AttentionSpans() {}

    /** Spans of a row at {@code position}. */
    public static int count(int position) {
        return position / TOKENS + 1;
    }

    /** Columns of a matrix of partial results, for {@code group} query heads. */
    public static int partialColumns(int group, int headDimension) {
        return group * (headDimension + 2);
    }
}
