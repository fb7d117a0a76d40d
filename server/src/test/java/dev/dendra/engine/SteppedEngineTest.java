// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.EngineException.Reason;
import dev.dendra.kernels.ComputePool;
import dev.dendra.metrics.EngineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;

/** Takes the place of the scheduler's thread, so that every run takes the same course. */
abstract class SteppedEngineTest {
    static final EngineOptions OPTIONS = new EngineOptions(64, 32, 48, 48, Duration.ofMinutes(1));

    /** Two threads, so that sequences are read beside each other. */
    private static final ComputePool POOL = new ComputePool(2);

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void everyBlockComesBack() {
        for (Engine engine : engines) {
            engine.close();
            assertEquals(0, engine.usedBlocks(), "KV blocks in use when everything has ended");
            checkBlocks(engine);
        }
    }

    Engine engine(PagedHashModel model, EngineOptions options) {
        return engine(model, options, EngineMetrics.none(), System::nanoTime);
    }

    Engine engine(PagedHashModel model, EngineOptions options, EngineMetrics metrics, LongSupplier clock) {
        Engine engine = new Engine(model, new RowKernels(), POOL, options, metrics, clock);
        engines.add(engine);
        return engine;
    }

    /** Every block is held by as many sequences as it counts, or idle, or free. */
    static void checkBlocks(Engine engine) {
        BlockPool pool = engine.scheduler().blocks();
        int[] references = new int[pool.total()];
        for (Sequence sequence : engine.scheduler().sequences()) {
            for (int i = 0; i < sequence.blocks().size(); i++) {
                references[sequence.blocks().get(i)]++;
            }
        }
        int used = 0;
        int idle = 0;
        for (int block = 0; block < pool.total(); block++) {
            assertEquals(references[block], pool.references(block), "references of block " + block);
            used += references[block] > 0 ? 1 : 0;
            idle += pool.isIdle(block) ? 1 : 0;
            assertTrue(pool.isListed(block) || !pool.isIdle(block), "an idle block that nobody can find");
            assertTrue(references[block] > 0 || pool.isIdle(block) || !pool.isListed(block), "a free block is listed");
        }
        assertEquals(used, pool.used());
        assertEquals(pool.total() - used - idle, pool.free());
    }

    static int[] prompt(Random random, int length) {
        return random.ints(length, 0, PagedHashModel.VOCABULARY - 1).toArray();
    }

    static int runToEnd(Engine engine) {
        int steps = 0;
        while (engine.runStep()) {
            steps++;
            assertTrue(steps < 10_000, "the engine does not come to an end");
        }
        return steps;
    }

    static Reason refusal(Engine engine, GenerationRequest request) {
        return assertThrows(EngineException.class, () -> engine.submit(request)).reason();
    }
}
