// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.tensor.PanelLayout;
import java.util.Arrays;

/**
 * Codes the weights of a panel input by input, and hands on the error of each to the inputs behind it. Holds the weights
 * of one panel: one instance is used by one thread.
 */
final class PanelSolve {
    /** Inputs after which the blocks that still may live are ranked anew, by what their weights have become. */
    private static final int STRIPE = 128;

    private final InverseFactor factor;
    private final LiveBlocks live;
    private final CodedWeights coded;
    private final int columns;
    private final double[][] values;
    private final boolean[][] liveWeights;
    private int first;
    private int rows;

    PanelSolve(InverseFactor factor, LiveBlocks live, CodedWeights coded) {
        this.factor = factor;
        this.live = live;
        this.coded = coded;
        this.columns = coded.columns;
        this.values = new double[PanelLayout.PANEL_ROWS][columns];
        this.liveWeights = new boolean[PanelLayout.PANEL_ROWS][columns];
    }

    /** Starts with the weights of a panel. */
    void load(WeightMatrix weights, int panel) {
        first = panel * PanelLayout.PANEL_ROWS;
        rows = Math.min(PanelLayout.PANEL_ROWS, weights.rows() - first);
        for (int r = 0; r < rows; r++) {
            weights.row(first + r, values[r]);
        }
    }

    /** Starts with the weights of a panel's rows as they are given. */
    void load(double[][] weights, int panel, int count) {
        first = panel * PanelLayout.PANEL_ROWS;
        rows = count;
        for (int r = 0; r < rows; r++) {
            System.arraycopy(weights[r], 0, values[r], 0, columns);
        }
    }

    /**
     * Chooses the live blocks and codes them.
     *
     * @param fanIn how many blocks of each row of blocks live
     * @param costs what a squared error at each input counts when blocks are ranked
     * @param scores scratch memory for the scores of all blocks
     */
    void prune(int[] fanIn, double[] costs, double[][] scores) {
        for (int from = 0; from < columns; from += STRIPE) {
            choose(from / live.pattern().blockColumns(), fanIn, costs, scores);
            code(from, Math.min(from + STRIPE, columns));
        }
    }

    /** Codes the blocks that live. */
    void code() {
        readMask();
        code(0, columns);
    }

    /** Of the blocks from {@code block} on, as many live as those before it have left over. */
    private void choose(int block, int[] fanIn, double[] costs, double[][] scores) {
        score(block, costs, scores);
        int height = live.pattern().blockRows();
        for (int r = 0; r < rows; r += height) {
            int rowBlock = (first + r) / height;
            boolean[] blocks = live.row(rowBlock);
            int left = fanIn[rowBlock];
            for (int b = 0; b < block; b++) {
                left -= blocks[b] ? 1 : 0;
            }
            TopBlocks.select(scores[rowBlock], block, left, blocks);
        }
        readMask();
    }

    /** Scores of the panel's blocks from {@code firstBlock} on, for the weights as they are now. */
    private void score(int firstBlock, double[] costs, double[][] scores) {
        int height = live.pattern().blockRows();
        int width = live.pattern().blockColumns();
        for (int r = 0; r < rows; r++) {
            double[] row = scores[(first + r) / height];
            if (r % height == 0) {
                Arrays.fill(row, firstBlock, row.length, 0);
            }
            for (int k = firstBlock * width; k < columns; k++) {
                row[k / width] += values[r][k] * values[r][k] * costs[k];
            }
        }
    }

    private void readMask() {
        for (int r = 0; r < rows; r++) {
            live.weights(first + r, liveWeights[r]);
        }
    }

    private void code(int from, int to) {
        int group = coded.groupColumns();
        for (int k = from; k < to; k++) {
            double[] factors = factor.row(k);
            for (int r = 0; r < rows; r++) {
                if (k % group == 0) {
                    coded.chooseScale(first + r, k / group, values[r], liveWeights[r], factor.costs());
                }
                double value = values[r][k];
                double stored = liveWeights[r][k] ? coded.put(first + r, k, value) : 0;
                if (stored != value) {
                    Axpy.add(values[r], (stored - value) / factors[k], factors, k + 1, columns);
                }
            }
        }
    }
}
