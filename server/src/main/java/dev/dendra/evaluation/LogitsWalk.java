// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Takes sequences through models that know the same tokens, one sequence after the other in steps as large as all of the
 * models allow, and shows the logits of every model for the same places. They are shown a few rows at a time, in the
 * models' own memory, so that what is held does not grow with the sequence. Uses the first KV blocks of each model.
 */
final class LogitsWalk implements AutoCloseable {
    private final List<? extends LanguageModel> models;
    private final Arena arena = Arena.ofShared();
    private final int longest;
    private final int stepRows;
    private final int logitRows;
    private final StepRows rows;
    private final int[] all;

    /** Sees logits. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Row {@code i < count} of each matrix, one a model, is what it predicts for position {@code position + i}. They
         * are overwritten afterwards.
         */
        void visit(List<FloatMatrix> logits, int position, int count);
    }

    /**
     * Room for sequences of up to {@code longest} tokens.
     *
     * @throws IllegalArgumentException if a model has not that room, or the models differ in the size of their
     *     vocabularies
     */
    LogitsWalk(List<? extends LanguageModel> models, int longest) {
        int blocks = Math.ceilDiv(longest, KvLayout.BLOCK_TOKENS);
        for (LanguageModel model : models) {
            if (longest > model.contextLength() || blocks > model.kvBlocks()) {
                throw new IllegalArgumentException("a sequence of " + longest + " tokens is too long for a context of "
                        + model.contextLength() + " tokens and " + model.kvBlocks() + " KV blocks");
            }
            if (model.vocabularySize() != models.getFirst().vocabularySize()) {
                throw new IllegalArgumentException("vocabularies of " + model.vocabularySize() + " and "
                        + models.getFirst().vocabularySize() + " tokens");
            }
        }
        this.models = List.copyOf(models);
        this.longest = longest;
        this.stepRows =
                models.stream().mapToInt(LanguageModel::maximumRows).min().orElseThrow();
        this.logitRows =
                models.stream().mapToInt(LanguageModel::maximumLogitRows).min().orElseThrow();
        this.rows = new StepRows(arena, stepRows, blocks);
        for (int block = 0; block < blocks; block++) {
            rows.setBlock(block, block);
        }
        this.all = IntStream.range(0, stepRows).toArray();
    }

    /**
     * Shows the logits for the tokens from {@code scoredFrom} on. The last token is not computed, since nothing is asked
     * about what follows it.
     *
     * @param scoredFrom at least 1
     */
    void walk(int[] tokens, int scoredFrom, Visitor visitor) {
        if (tokens.length > longest || scoredFrom < 1) {
            throw new IllegalArgumentException(
                    tokens.length + " tokens, scored from " + scoredFrom + ", with room for " + longest);
        }
        int count = tokens.length - 1;
        for (int from = 0; from < count; from += stepRows) {
            int to = Math.min(count, from + stepRows);
            for (int position = from; position < to; position++) {
                rows.setRow(position - from, tokens[position], position, 0);
            }
            for (LanguageModel model : models) {
                model.forward(rows, to - from);
            }
            for (int row = Math.max(from, scoredFrom - 1); row < to; row += logitRows) {
                int end = Math.min(to, row + logitRows);
                visitor.visit(logits(row - from, end - from), row + 1, end - row);
            }
        }
    }

    private List<FloatMatrix> logits(int from, int to) {
        List<FloatMatrix> each = new ArrayList<>();
        for (LanguageModel model : models) {
            each.add(model.logits(all, from, to));
        }
        return each;
    }

    @Override
    public void close() {
        arena.close();
    }
}
