// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import java.lang.foreign.Arena;

/**
 * Steps that let the JIT compile the kernels: a prefill chunk, single rows and a small batch, each until its time stops
 * falling or a budget is spent. Vector code runs thousands of times slower before it is compiled than after.
 */
final class WarmUp {
    private static final int[] ROW_COUNTS = {1, 8, 40};
    private static final long BUDGET_NANOS = 1_500_000_000;
    private static final int STEADY_RUNS = 8;
    private static final double STEADY_RATIO = 0.9;

    private final LlamaModel model;

    WarmUp(LlamaModel model) {
        this.model = model;
    }

    void run() {
        int capacity = (int) Math.min(model.maximumRows(), (long) model.kvBlocks() * KvLayout.BLOCK_TOKENS);
        int blocks = (capacity + KvLayout.BLOCK_TOKENS - 1) / KvLayout.BLOCK_TOKENS;
        try (Arena arena = Arena.ofShared()) {
            StepRows rows = new StepRows(arena, capacity, blocks);
            for (int block = 0; block < blocks; block++) {
                rows.setBlock(block, block);
            }
            for (int count : ROW_COUNTS) {
                if (count <= Math.min(capacity, model.contextLength())) {
                    untilSteady(rows, count);
                }
            }
        }
    }

    private void untilSteady(StepRows rows, int count) {
        int[] logitRows = new int[Math.min(count, model.maximumLogitRows())];
        for (int row = 0; row < count; row++) {
            rows.setRow(row, 0, row, 0);
        }
        long start = System.nanoTime();
        long best = Long.MAX_VALUE;
        int steady = 0;
        while (steady < STEADY_RUNS && System.nanoTime() - start < BUDGET_NANOS) {
            long before = System.nanoTime();
            model.forward(rows, count);
            model.logits(logitRows, 0, logitRows.length);
            long nanos = System.nanoTime() - before;
            steady = nanos < best * STEADY_RATIO ? 0 : steady + 1;
            best = Math.min(best, nanos);
        }
    }
}
