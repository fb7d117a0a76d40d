// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step puts nothing on the Java heap, neither on the thread that calls for it nor on those that help. */
class StepAllocationTest {
    private static final int STEPS = 2_000;
    /** The smallest object: less than one for each step is none. */
    private static final long OBJECT_BYTES = 16;

    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 40", "I16, 1", "I16, 40", "BF16, 40"})
    void stepsOfNativeKernelsAllocateNothing(ActivationPrecision precision, int count) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count what threads allocate");
        try (Kernels kernels = TestKernels.of("native");
                ComputePool pool = new ComputePool(2);
                Arena arena = Arena.ofShared();
                LlamaModel model = LlamaModel.load(
                        new TinyModel(1).pack(arena, Encoding.I8G32),
                        kernels,
                        pool,
                        new ModelOptions(
                                0,
                                64,
                                KvCacheOptions.ofBlocks(KvType.BF16, 2),
                                Activations.always(precision),
                                WeightPlacement.AUTO))) {
            StepRows rows = new StepRows(arena, 64, 2);
            rows.setBlock(1, 1);
            for (int row = 0; row < count; row++) {
                rows.setRow(row, row % TinyModel.VOCABULARY, row, 0);
            }
            int[] logitRows = {0};
            steps(model, rows, count, logitRows);
            long[] computing = computingThreads();
            // The least of a few: code that is compiled late allocates until it is.
            long bytes = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 3; attempt++) {
                long before = allocated(threads, computing);
                steps(model, rows, count, logitRows);
                bytes = Math.min(bytes, allocated(threads, computing) - before);
            }

            assertTrue(bytes < STEPS * OBJECT_BYTES, bytes + " bytes in " + STEPS + " steps");
        }
    }

    private static void steps(LlamaModel model, StepRows rows, int count, int[] logitRows) {
        for (int step = 0; step < STEPS; step++) {
            model.forward(rows, count);
            model.logits(logitRows, 0, 1);
        }
    }

    /** This thread and the workers of compute pools. */
    private static long[] computingThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.equals(Thread.currentThread())
                        || thread.getName().startsWith("compute-"))
                .mapToLong(Thread::threadId)
                .toArray();
    }

    private static long allocated(ThreadMXBean threads, long[] computing) {
        return Arrays.stream(threads.getThreadAllocatedBytes(computing)).sum();
    }
}
