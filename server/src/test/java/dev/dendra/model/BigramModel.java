// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * A model whose next token depends on the one before alone, by probabilities that a test writes down. It insists on
 * positions that arrive in order, and on KV blocks that hold them alone.
 */
public final class BigramModel implements LanguageModel {
    private final double[][] probabilities;
    private final int contextLength;
    private final FloatMatrix logits;
    private final int[] tokens;
    private final int[] newest;

    /** A model of short sequences that answers few rows at once. */
    public BigramModel(double[][] probabilities) {
        this(probabilities, 64, 5, 2);
    }

    /**
     * A model of as many tokens as there are probabilities.
     *
     * @param probabilities of each token, by the token before it
     * @param rows of a step at most
     * @param logitRows that it answers at once
     */
    public BigramModel(double[][] probabilities, int contextLength, int rows, int logitRows) {
        this.probabilities = probabilities;
        this.contextLength = contextLength;
        this.logits = FloatMatrix.allocate(Arena.ofAuto(), logitRows, probabilities.length);
        this.tokens = new int[rows];
        this.newest = new int[rows * contextLength / KvLayout.BLOCK_TOKENS];
        Arrays.fill(newest, -1);
    }

    @Override
    public int vocabularySize() {
        return probabilities.length;
    }

    @Override
    public int embeddingLength() {
        return 1;
    }

    @Override
    public FloatMatrix hiddenStates(int[] rows, int from, int to) {
        throw new UnsupportedOperationException("a table of probabilities has no hidden states");
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int maximumRows() {
        return tokens.length;
    }

    @Override
    public int maximumLogitRows() {
        return logits.rows();
    }

    @Override
    public int kvBlocks() {
        return newest.length;
    }

    @Override
    public void forward(StepRows rows, int count) {
        for (int row = 0; row < count; row++) {
            store(rows, row);
        }
    }

    private void store(StepRows rows, int row) {
        int position = rows.position(row);
        for (int first = 0; first < position; first += KvLayout.BLOCK_TOKENS) {
            int last = Math.min(position, first + KvLayout.BLOCK_TOKENS) - 1;
            int found = newest[blockOf(rows, row, first)];
            if (found != last) {
                throw new AssertionError("position " + position + " finds " + found + " in place of " + last);
            }
        }
        newest[blockOf(rows, row, position)] = position;
        tokens[row] = rows.token(row);
    }

    private static int blockOf(StepRows rows, int row, int position) {
        return rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
    }

    @Override
    public void copyKvBlock(int from, int to) {
        newest[to] = newest[from];
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
