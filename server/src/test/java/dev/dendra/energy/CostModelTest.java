// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CostModelTest {
    private final CostModel model = new CostModel();
    private final Random random = new Random(3);

    @Test
    void findsWhatThingsCost() {
        for (int i = 0; i < 300; i++) {
            Work work = work();
            model.learn(
                    work,
                    2 * work.steps()
                            + 0.03 * work.promptRows()
                            + 0.2 * work.decodeRows()
                            + 1e-4 * (work.promptKvTokens() + work.decodeKvTokens()));
        }
        assertTrue(model.isKnown());
        assertEquals(3 + 1e-2, model.prefill(new Work(0, 100, 100, 0, 0)), 0.01);
        assertEquals(2 + 0.2 + 0.1, model.decode(new Work(1, 0, 0, 1, 1000)), 0.01);
        assertEquals(1 + 3 + 1e-2, model.prefill(new Work(1, 100, 100, 1, 0)), 0.01);
        assertEquals(0, model.residualRatio(), 1e-3);
    }

    @Test
    void nothingEverCostsLessThanNothing() {
        for (int i = 0; i < 300; i++) {
            Work work = work();
            // As if rows of prompts gave energy back.
            model.learn(work, Math.max(0, 50 + work.decodeRows() - 0.2 * work.promptRows()));
        }
        for (int i = 0; i < 100; i++) {
            Work work = work();
            assertTrue(model.prefill(work) >= 0 && model.decode(work) >= 0);
        }
        assertEquals(0, model.promptWork(new Work(0, 100, 0, 0, 0)), 1e-9);
    }

    @Test
    void oneKindOfWorkAloneExplainsItself() {
        Work work = new Work(5, 0, 0, 40, 4000);
        for (int i = 0; i < 100; i++) {
            model.learn(work, 12);
        }
        assertEquals(12, model.decode(work), 1e-3);
    }

    @Test
    void saysNothingAtFirst() {
        assertFalse(model.isKnown());
        assertTrue(Double.isNaN(model.residualRatio()));
    }

    private Work work() {
        return new Work(
                1 + random.nextInt(5),
                random.nextInt(300),
                random.nextInt(3000),
                random.nextInt(40),
                random.nextInt(40_000));
    }
}
