// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;

/**
 * A forward pass over the rows of a step. Not thread-safe: one thread calls it, and spreads the work over workers by
 * its own means.
 */
public interface LanguageModel extends AutoCloseable {

    /** Columns of {@link #logits}. */
    int vocabularySize();

    /** Columns of {@link #hiddenStates}. */
    int embeddingLength();

    /** Most tokens of a sequence. */
    int contextLength();

    /** Most rows of a step. */
    int maximumRows();

    /** Most rows that one call of {@link #logits} or {@link #hiddenStates} answers. */
    int maximumLogitRows();

    /** Blocks in the KV cache, numbered from 0; {@link dev.dendra.kernels.KvLayout#BLOCK_TOKENS} tokens each. */
    int kvBlocks();

    /**
     * Computes the hidden states of rows {@code 0 .. count} and writes their keys and values into the KV blocks that
     * the rows' block tables name. Positions of a sequence must arrive in order. A
     * position may come again, with another token: it and those after it are then replaced.
     */
    void forward(StepRows rows, int count);

    /** Copies a KV block in all layers. */
    void copyKvBlock(int from, int to);

    /**
     * Logits of the next token for some rows of the last step: row {@code i} of the answer belongs to step row
     * {@code rows[from + i]}, for {@code i < to - from <= maximumLogitRows()}. The answer is overwritten by the next
     * call.
     */
    FloatMatrix logits(int[] rows, int from, int to);

    /**
     * Final hidden states of some rows of the last step, after the output norm: what {@link #logits} multiplies with the
     * output head. Arguments and order are the same; the answer is overwritten by the next call of either.
     */
    FloatMatrix hiddenStates(int[] rows, int from, int to);

    @Override
    void close();
}
