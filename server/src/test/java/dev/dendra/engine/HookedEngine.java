// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.StepRows;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.tensor.FloatMatrix;
import java.time.Duration;
import java.util.function.Consumer;

/** The real engine on its own thread over a model of the tests, for tests of what is built on it. */
public final class HookedEngine implements AutoCloseable {
    private static final int SEQUENCES = 16;
    private static final int STEP_TOKENS = 32;

    private volatile Consumer<StepRows> beforeForward = rows -> {};
    private volatile boolean logitsFail;
    private final Engine engine;

    /**
     * Starts it.
     *
     * @param kvBlocks of 16 tokens each
     * @param queue most requests that wait
     * @param stallLimit longest time of a healthy step
     */
    public HookedEngine(int kvBlocks, int queue, Duration stallLimit) {
        PagedHashModel model = new PagedHashModel(kvBlocks) {
            @Override
            public void forward(StepRows rows, int count) {
                beforeForward.accept(rows);
                super.forward(rows, count);
            }

            @Override
            public FloatMatrix logits(int[] rows, int from, int to) {
                if (logitsFail && from > 0) {
                    logitsFail = false;
                    throw new OutOfMemoryError("injected");
                }
                return super.logits(rows, from, to);
            }
        };
        engine = Engine.start(
                model,
                new RowKernels(),
                new ComputePool(1),
                new EngineOptions(queue, SEQUENCES, STEP_TOKENS, STEP_TOKENS, stallLimit),
                EngineMetrics.none());
    }

    /** The engine. */
    public Engine engine() {
        return engine;
    }

    /** Does this before each forward pass, in the scheduler's thread. */
    public void beforeForward(Consumer<StepRows> hook) {
        beforeForward = hook;
    }

    /** The next batch of logits that is not a step's first runs out of memory. */
    public void failLogits() {
        logitsFail = true;
    }

    /** KV blocks in use. */
    public int usedBlocks() {
        return engine.usedBlocks();
    }

    /** What the model says after {@code prompt}, computed without the engine. */
    public static int[] greedy(int[] prompt, int count) {
        return PagedHashModel.greedy(prompt, count);
    }

    @Override
    public void close() {
        beforeForward = rows -> {};
        engine.close();
    }
}
