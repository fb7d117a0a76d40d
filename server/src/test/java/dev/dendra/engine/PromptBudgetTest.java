// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PromptBudgetTest {

    /** In seconds: a gap beside which no step of these tests is long. */
    private static final double LONG_GAP = 1;

    private final StepTimeFit times = new StepTimeFit();
    private final TypicalGap gap = new TypicalGap();

    @Test
    void promptsAloneHaveTheWholeStep() {
        assertEquals(256, budget(0).rows(0));
        assertEquals(256, budget(10).rows(0));
    }

    @Test
    void aFixedBudgetIsKept() {
        PromptBudget budget = budget(10);
        run(100, 4, 10, 0.010, 0.001);
        assertEquals(10, budget.rows(1));
        assertEquals(4, budget.rows(252));
    }

    @Test
    void aMeasuredBudgetMakesAStepTwiceAsLong() {
        PromptBudget budget = budget(0);
        gap.measured(1, LONG_GAP);
        assertEquals(32, budget.rows(4), "nothing is known yet");
        times.measured(4, 0, 0.010);
        assertEquals(32, budget.rows(4), "what a row costs is not known yet");
        run(100, 4, 32, 0.010, 0.0005);
        // 10 ms for prompts, half a millisecond a row.
        assertEquals(20, budget.rows(4), 1);
    }

    @Test
    void aStepIsNotLongBesideTheUsualGap() {
        PromptBudget budget = budget(0);
        run(400, 16, 64, 0.040, 0.0005);
        gap.measured(1, 0.035);
        // 1.6 times 35 ms is 56, of which decoding takes 40.
        assertEquals(32, budget.rows(16), 2);
    }

    @Test
    void promptsHaveAQuarterWhereMoreThanUsualDecode() {
        PromptBudget budget = budget(0);
        run(400, 16, 64, 0.040, 0.0005);
        gap.measured(1, 0.005);
        assertEquals(20, budget.rows(16), 2);
    }

    @Test
    void aBusyEngineWithoutPureDecodesLearnsToo() {
        PromptBudget budget = budget(0);
        gap.measured(1, LONG_GAP);
        times.measured(8, 0, 0.100);
        for (int i = 0; i < 2000; i++) {
            int rows = 20 + i % 5 * 5;
            times.measured(8, rows, 0.010 + rows * 0.0005);
        }
        assertEquals(20, budget.rows(8), 3);
    }

    @Test
    void rowsThatGetDearerGetFewerButNeverNone() {
        PromptBudget budget = budget(0);
        gap.measured(1, LONG_GAP);
        run(200, 1, 30, 0.010, 0.0001);
        assertEquals(100, budget.rows(1), 2);
        run(600, 1, 10, 0.010, 0.001);
        assertEquals(10, budget.rows(1), 1);
        run(600, 1, 10, 0.010, 0.1);
        assertEquals(8, budget.rows(1), "prompts come to an end nevertheless");
    }

    /** Steps with and without prompts in turns. */
    private void run(int steps, int decodes, int promptRows, double decoding, double promptRow) {
        for (int i = 0; i < steps; i++) {
            int rows = i % 2 * promptRows;
            times.measured(decodes, rows, decoding + rows * promptRow);
        }
    }

    private PromptBudget budget(int fixed) {
        return new PromptBudget(new EngineOptions(1, 255, 256, fixed, Duration.ofMinutes(1)), times, gap);
    }
}
