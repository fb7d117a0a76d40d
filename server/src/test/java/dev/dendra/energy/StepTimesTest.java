// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    private final StepTimes times = new StepTimes();
    private final Random random = new Random(3);

    @Test
    void findsWhatAStepsTimeWentInto() {
        learn();
        Work mixed = new Work(1, 100, 1000, 10, 5000);
        double prefill = 0.005 + 0.01 + 0.001;
        double decode = 0.005 + 0.01 + 0.005;
        assertEquals(prefill / (prefill + decode), times.prefillShare(mixed), 0.01);
        Work own = new Work(0, 0, 0, 2, 3000);
        assertEquals((0.002 + 0.003) / (0.01 + 0.005), times.decodePart(own, mixed), 0.01);
        assertEquals(1, times.promptPart(new Work(0, 100, 1000, 0, 0), mixed), 1e-9);
    }

    @Test
    void aStepOfOneKindIsThatKindsWhateverIsKnown() {
        assertEquals(1, times.prefillShare(new Work(1, 5, 5, 0, 0)));
        assertEquals(0, times.prefillShare(new Work(1, 0, 0, 5, 5)));
        learn();
        assertEquals(1, times.prefillShare(new Work(1, 5, 5, 0, 0)));
        assertEquals(0, times.prefillShare(new Work(1, 0, 0, 5, 5)));
    }

    @Test
    void rowsDecideAtFirst() {
        assertEquals(0.75, times.prefillShare(new Work(1, 30, 9000, 10, 1)), 1e-9);
        assertEquals(0.2, times.decodePart(new Work(0, 0, 0, 2, 0), new Work(1, 0, 0, 10, 99)), 1e-9);
    }

    @Test
    void sharesAreSharesWhateverItWasTaught() {
        for (int i = 0; i < 300; i++) {
            Work work = work();
            // As if rows of prompts gave time back.
            times.learn(work, Math.max(0, 1 + work.decodeRows() - 0.2 * work.promptRows()));
            double share = times.prefillShare(work());
            assertTrue(share >= 0 && share <= 1, "share " + share);
        }
    }

    private void learn() {
        for (int i = 0; i < 400; i++) {
            Work work = work();
            times.learn(
                    work,
                    0.01
                            + 1e-4 * work.promptRows()
                            + 1e-3 * work.decodeRows()
                            + 1e-6 * (work.promptKvTokens() + work.decodeKvTokens()));
        }
    }

    private Work work() {
        boolean prompts = random.nextBoolean();
        boolean decodes = !prompts || random.nextBoolean();
        return new Work(
                1,
                prompts ? 1 + random.nextInt(256) : 0,
                prompts ? random.nextInt(3000) : 0,
                decodes ? 1 + random.nextInt(32) : 0,
                decodes ? random.nextInt(40_000) : 0);
    }
}
