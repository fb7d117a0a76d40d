// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.EngineException.Reason;
import dev.dendra.metrics.EngineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** Takes the place of the scheduler's thread, so that every run takes the same course. */
abstract class SteppedEngineTest {
    static final EngineOptions OPTIONS = new EngineOptions(64, 32, 48, Duration.ofMinutes(1));

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void everyBlockComesBack() {
        for (Engine engine : engines) {
            engine.close();
            assertEquals(0, engine.usedBlocks(), "KV blocks in use when everything has ended");
        }
    }

    Engine engine(PagedHashModel model, EngineOptions options) {
        Engine engine = new Engine(model, new RowKernels(), options, EngineMetrics.none());
        engines.add(engine);
        return engine;
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
