// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.BlockRunner;
import dev.dendra.model.LayerWeights;
import dev.dendra.model.ModelConfig;
import dev.dendra.model.ProductObserver;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Hidden states of all calibration tokens between two Transformer blocks, {@code [tokens, E]} for each sequence, off-heap. */
final class HiddenStates implements AutoCloseable {
    /** Told after each sequence; stops the work by throwing. */
    @FunctionalInterface
    interface SequenceDone {
        void done() throws InterruptedException;
    }

    /** Sees rows of activations, to be read only. */
    @FunctionalInterface
    interface RowsObserver {
        void see(FloatMatrix x, int rows);
    }

    private final CalibrationCorpus corpus;
    private final Kernels kernels;
    private final BlockRunner runner;
    private final Arena arena;
    private final List<FloatMatrix> states = new ArrayList<>();

    /**
     * Of nothing yet; see {@link #embed}.
     *
     * @param ropeFactors as {@link BlockRunner} takes them
     */
    HiddenStates(
            CalibrationCorpus corpus,
            ModelConfig config,
            MemorySegment ropeFactors,
            Kernels kernels,
            ComputePool pool) {
        this.corpus = corpus;
        this.kernels = kernels;
        int length = corpus.shape().length();
        this.runner = new BlockRunner(config, ropeFactors, length, kernels, pool);
        this.arena = Arena.ofShared();
        for (int i = 0; i < corpus.sequences().size(); i++) {
            states.add(FloatMatrix.allocate(arena, length, config.embeddingLength()));
        }
    }

    /** Makes them what enters the first block. */
    void embed(PackedMatrix table) {
        int length = corpus.shape().length();
        try (Arena step = Arena.ofShared()) {
            StepRows rows = new StepRows(step, length, 1);
            for (int i = 0; i < states.size(); i++) {
                int[] tokens = corpus.sequences().get(i);
                for (int position = 0; position < length; position++) {
                    rows.setRow(position, tokens[position], position, 0);
                }
                kernels.gather(table, rows, states.get(i), 0, length);
            }
        }
    }

    /** Runs a block on them and shows what enters its products; they stay what they are. */
    void observe(LayerWeights weights, ProductObserver observer, SequenceDone each) throws InterruptedException {
        for (FloatMatrix sequence : states) {
            run(weights, sequence, observer);
            each.done();
        }
    }

    /** Runs a block on them, shows what enters its products, and makes them what it makes of them. */
    void advance(LayerWeights weights, ProductObserver observer, SequenceDone each) throws InterruptedException {
        for (FloatMatrix sequence : states) {
            run(weights, sequence, observer);
            copy(runner.hidden(), sequence);
            each.done();
        }
    }

    private void run(LayerWeights weights, FloatMatrix sequence, ProductObserver observer) {
        copy(sequence, runner.hidden());
        runner.run(weights, sequence.rows(), observer);
    }

    /** Shows them behind a last norm, whose weight is {@code norm}. */
    void observeNormalized(MemorySegment norm, float epsilon, RowsObserver observer, SequenceDone each)
            throws InterruptedException {
        for (FloatMatrix sequence : states) {
            kernels.rmsNorm(sequence, norm, epsilon, runner.hidden(), 0, sequence.rows());
            observer.see(runner.hidden(), sequence.rows());
            each.done();
        }
    }

    /** Between matrices of the same shape. */
    private static void copy(FloatMatrix from, FloatMatrix to) {
        MemorySegment.copy(from.segment(), 0, to.segment(), 0, from.segment().byteSize());
    }

    @Override
    public void close() {
        runner.close();
        arena.close();
    }
}
