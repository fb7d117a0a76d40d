// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is expected of the time that steps take. */
class StepTimeFitTest {
    private final StepTimeFit fit = new StepTimeFit();

    @Test
    void stepsHaveToDifferInTheirPrompts() {
        assertFalse(fit.isKnown());
        fit.measured(3, 0, 0.010);
        fit.measured(4, 0, 0.011);
        assertFalse(fit.isKnown());
        fit.measured(3, 32, 0.1);
        assertTrue(fit.isKnown());
    }

    @Test
    void findsWhatNoisyStepsWereMadeFrom() {
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            int decodes = 1 + random.nextInt(16);
            int prompts = random.nextInt(4) == 0 ? 0 : random.nextInt(60);
            fit.measured(decodes, prompts, seconds(decodes, prompts) * (0.9 + 0.2 * random.nextDouble()));
        }
        assertEquals(seconds(8, 0), fit.seconds(8, 0), 0.1 * seconds(8, 0));
        assertEquals(0.0004, fit.promptRow(), 0.00005);
        assertEquals(seconds(16, 40), fit.seconds(16, 40), 0.1 * seconds(16, 40));
    }

    @Test
    void aStepThatWasHeldUpHardlyCounts() {
        for (int i = 0; i < 200; i++) {
            fit.measured(8, i % 2 * 30, seconds(8, i % 2 * 30));
        }
        fit.measured(8, 30, 10);
        assertEquals(seconds(8, 30), fit.seconds(8, 30), 0.02 * seconds(8, 30));
    }

    @Test
    void whatDecodingTakesIsNotForgottenBesideALongPrompt() {
        for (int i = 0; i < 100; i++) {
            fit.measured(8, 0, seconds(8, 0));
        }
        for (int i = 0; i < 300; i++) {
            fit.measured(8, 30, seconds(8, 30));
        }
        assertEquals(seconds(8, 0), fit.seconds(8, 0), 0.02 * seconds(8, 0));
    }

    @Test
    void whatPromptsTakeIsNotForgottenWithoutThem() {
        for (int i = 0; i < 40; i++) {
            fit.measured(8, i % 2 * 30, seconds(8, i % 2 * 30));
        }
        for (int i = 0; i < 20_000; i++) {
            fit.measured(8, 0, seconds(8, 0));
        }
        assertEquals(0.0004, fit.promptRow(), 0.00001);
    }

    @Test
    void whatLastsIsBelieved() {
        for (int i = 0; i < 600; i++) {
            fit.measured(8, i % 2 * 30, (i < 200 ? 1 : 3) * seconds(8, i % 2 * 30));
        }
        assertEquals(3 * seconds(8, 30), fit.seconds(8, 30), 0.1 * seconds(8, 30));
    }

    private static double seconds(int decodes, int prompts) {
        return 0.005 + 0.001 * decodes + 0.0004 * prompts;
    }
}
