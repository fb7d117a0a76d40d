// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.BlockRunner;
import dev.dendra.model.LayerWeights;
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

    private final CalibrationCorpus corpus;
    private final Arena arena;
    private final List<FloatMatrix> states = new ArrayList<>();

    /** Of nothing yet; see {@link #embed}. */
    HiddenStates(CalibrationCorpus corpus, int embeddingLength) {
        this.corpus = corpus;
        this.arena = Arena.ofShared();
        for (int i = 0; i < corpus.sequences().size(); i++) {
            states.add(FloatMatrix.allocate(arena, corpus.shape().length(), embeddingLength));
        }
    }

    /** Makes them what enters the first block. */
    void embed(PackedMatrix table, Kernels kernels) {
        int length = corpus.shape().length();
        try (Arena step = Arena.ofConfined()) {
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
    void observe(BlockRunner runner, LayerWeights weights, ProductObserver observer, SequenceDone each)
            throws InterruptedException {
        for (FloatMatrix sequence : states) {
            run(runner, weights, sequence, observer);
            each.done();
        }
    }

    /** Runs a block on them and makes them what it makes of them. */
    void advance(BlockRunner runner, LayerWeights weights, SequenceDone each) throws InterruptedException {
        for (FloatMatrix sequence : states) {
            run(runner, weights, sequence, ProductObserver.NONE);
            copy(runner.hidden(), sequence);
            each.done();
        }
    }

    private static void run(BlockRunner runner, LayerWeights weights, FloatMatrix sequence, ProductObserver observer) {
        copy(sequence, runner.hidden());
        runner.run(weights, sequence.rows(), observer);
    }

    /** Between matrices of the same columns. */
    private static void copy(FloatMatrix from, FloatMatrix to) {
        MemorySegment.copy(from.segment(), 0, to.segment(), 0, from.segment().byteSize());
    }

    /** One matrix for each sequence. */
    List<FloatMatrix> sequences() {
        return states;
    }

    @Override
    public void close() {
        arena.close();
    }
}
