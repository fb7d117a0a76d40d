// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.KernelExercises.Exercise;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Lets the JIT compile the kernels before they are needed: vector code runs thousands of times slower until it is.
 * First each kernel alone on little work, as many at a time as there are threads; then one Transformer block, for a
 * single row, a small batch and a prefill chunk, then the output head and whole steps of a single row, each until its
 * time stops falling or a budget is spent.
 */
final class WarmUp {
    private static final int[] ROW_COUNTS = {1, 8, 40};
    private static final int LOGIT_ROWS = 2;

    /** More than the calls after which the JIT compiles a method for good. */
    private static final int EXERCISE_RUNS = 700;

    private static final long EXERCISE_BUDGET_NANOS = 1_000_000_000;
    private static final long STEP_BUDGET_NANOS = 400_000_000;
    private static final int STEADY_RUNS = 6;
    private static final double STEADY_RATIO = 0.9;

    private final LlamaModel model;

    WarmUp(LlamaModel model) {
        this.model = model;
    }

    void run() {
        try (Arena arena = Arena.ofShared()) {
            exerciseKernels(arena);
            runSteps(arena);
        }
    }

    private void exerciseKernels(Arena arena) {
        List<Exercise> exercises = model.exercises(arena);
        model.parallel().each(exercises.size(), (task, scratch) -> {
            Exercise exercise = exercises.get(task);
            long start = System.nanoTime();
            for (int run = 0; run < EXERCISE_RUNS && System.nanoTime() - start < EXERCISE_BUDGET_NANOS; run++) {
                exercise.run(scratch);
            }
        });
    }

    private void runSteps(Arena arena) {
        int capacity = (int) Math.min(
                Math.min(model.maximumRows(), model.contextLength()), (long) model.kvBlocks() * KvLayout.BLOCK_TOKENS);
        int blocks = (capacity + KvLayout.BLOCK_TOKENS - 1) / KvLayout.BLOCK_TOKENS;
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
        untilSteady(() -> {
            model.forward(rows, 1);
            model.logits(logitRows, 0, 1);
        });
    }

    private static void untilSteady(Runnable step) {
        long start = System.nanoTime();
        long best = Long.MAX_VALUE;
        int steady = 0;
        while (steady < STEADY_RUNS && System.nanoTime() - start < STEP_BUDGET_NANOS) {
            long before = System.nanoTime();
            step.run();
            long nanos = System.nanoTime() - before;
            steady = nanos < best * STEADY_RATIO ? 0 : steady + 1;
            best = Math.min(best, nanos);
        }
    }
}
