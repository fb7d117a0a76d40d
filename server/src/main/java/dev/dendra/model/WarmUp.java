// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import java.lang.foreign.Arena;

/**
 * Lets the JIT compile the kernels before they are needed: vector code runs thousands of times slower until it is. One
 * Transformer block has every kernel of a step, so blocks are run one at a time, for a single row, a small batch and a
 * prefill chunk, then the output head, then whole steps, each until its time stops falling or a budget is spent.
 */
final class WarmUp {
    private static final int[] ROW_COUNTS = {1, 8, 40};
    private static final int LOGIT_ROWS = 2;
    private static final long BUDGET_NANOS = 400_000_000;
    private static final int STEADY_RUNS = 6;
    private static final double STEADY_RATIO = 0.9;

    private final LlamaModel model;

    WarmUp(LlamaModel model) {
        this.model = model;
    }

    void run() {
        int capacity = (int) Math.min(
                Math.min(model.maximumRows(), model.contextLength()), (long) model.kvBlocks() * KvLayout.BLOCK_TOKENS);
        int blocks = (capacity + KvLayout.BLOCK_TOKENS - 1) / KvLayout.BLOCK_TOKENS;
        try (Arena arena = Arena.ofShared()) {
            StepRows rows = new StepRows(arena, capacity, blocks);
            for (int block = 0; block < blocks; block++) {
                rows.setBlock(block, block);
            }
            for (int row = 0; row < capacity; row++) {
                rows.setRow(row, 0, row, 0);
            }
            for (int count : ROW_COUNTS) {
                if (count <= capacity) {
                    untilSteady(() -> model.forward(rows, count, 1));
                }
            }
            int[] logitRows = new int[Math.min(LOGIT_ROWS, model.maximumLogitRows())];
            untilSteady(() -> model.logits(logitRows, 0, 1));
            untilSteady(() -> model.logits(logitRows, 0, logitRows.length));
            for (int count : ROW_COUNTS) {
                if (count <= capacity) {
                    untilSteady(() -> {
                        model.forward(rows, count);
                        model.logits(logitRows, 0, 1);
                    });
                }
            }
        }
    }

    private static void untilSteady(Runnable step) {
        long start = System.nanoTime();
        long best = Long.MAX_VALUE;
        int steady = 0;
        while (steady < STEADY_RUNS && System.nanoTime() - start < BUDGET_NANOS) {
            long before = System.nanoTime();
            step.run();
            long nanos = System.nanoTime() - before;
            steady = nanos < best * STEADY_RATIO ? 0 : steady + 1;
            best = Math.min(best, nanos);
        }
    }
}
