// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;

/**
 * A model whose next token depends on the one before alone, by probabilities that a test writes down. It insists on
 * positions that arrive in order, and answers few rows at once.
 */
final class BigramModel implements LanguageModel {
    private static final int CONTEXT = 64;
    private static final int MAXIMUM_ROWS = 5;
    private static final int MAXIMUM_LOGIT_ROWS = 2;

    private final double[][] probabilities;
    private final FloatMatrix logits;
    private final int[] tokens = new int[MAXIMUM_ROWS];
    private int filled;

    /**
     * A model of as many tokens as there are rows.
     *
     * @param probabilities of each token, by the token before it
     */
    BigramModel(double[][] probabilities) {
        this.probabilities = probabilities;
        this.logits = FloatMatrix.allocate(Arena.ofAuto(), MAXIMUM_LOGIT_ROWS, probabilities.length);
    }

    @Override
    public int vocabularySize() {
        return probabilities.length;
    }

    @Override
    public int contextLength() {
        return CONTEXT;
    }

    @Override
    public int maximumRows() {
        return MAXIMUM_ROWS;
    }

    @Override
    public int maximumLogitRows() {
        return MAXIMUM_LOGIT_ROWS;
    }

    @Override
    public int kvBlocks() {
        return CONTEXT / KvLayout.BLOCK_TOKENS;
    }

    @Override
    public void forward(StepRows rows, int count) {
        for (int row = 0; row < count; row++) {
            int position = rows.position(row);
            if (position != 0 && position != filled) {
                throw new AssertionError("position " + position + " after " + filled);
            }
            int block = rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
            if (block != position / KvLayout.BLOCK_TOKENS) {
                throw new AssertionError("position " + position + " in block " + block);
            }
            filled = position + 1;
            tokens[row] = rows.token(row);
        }
    }

    /** Logarithms of the probabilities, each row by a constant of its own away from them. */
    @Override
    public FloatMatrix logits(int[] rows, int from, int to) {
        for (int i = from; i < to; i++) {
            int before = tokens[rows[i]];
            for (int token = 0; token < probabilities.length; token++) {
                logits.set(i - from, token, (float) (Math.log(probabilities[before][token]) + 3 * before - 4));
            }
        }
        return logits;
    }

    @Override
    public void close() {}
}
