// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.util.concurrent.locks.Lock;

/**
 * A model that shares compute threads with others: one computes at a time, step by step, in the order in which they ask.
 * This is where a scheduler waits, for other schedulers and never for clients. Two pools that spin on the same cores
 * would cost both more than that.
 *
 * @param model does the work
 * @param turn held while it does; fair, so that no model can shut another out
 */
record TurnTakingModel(LanguageModel model, Lock turn) implements LanguageModel {
    @Override
    public int vocabularySize() {
        return model.vocabularySize();
    }

    @Override
    public int embeddingLength() {
        return model.embeddingLength();
    }

    @Override
    public int contextLength() {
        return model.contextLength();
    }

    @Override
    public int maximumRows() {
        return model.maximumRows();
    }

    @Override
    public int maximumLogitRows() {
        return model.maximumLogitRows();
    }

    @Override
    public int kvBlocks() {
        return model.kvBlocks();
    }

    @Override
    public void copyKvBlock(int from, int to) {
        // Its own cache, which no other model touches.
        model.copyKvBlock(from, to);
    }

    @Override
    public void forward(StepRows rows, int count) {
        turn.lock();
        try {
            model.forward(rows, count);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public FloatMatrix logits(int[] rows, int from, int to) {
        turn.lock();
        try {
            return model.logits(rows, from, to);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public FloatMatrix hiddenStates(int[] rows, int from, int to) {
        turn.lock();
        try {
            return model.hiddenStates(rows, from, to);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
