// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PromptBudgetTest {

    @Test
    void promptsAloneHaveTheWholeStep() {
        assertEquals(256, budget(new StepCosts(256), 0).rows(0));
        assertEquals(256, budget(new StepCosts(256), 10).rows(0));
    }

    @Test
    void aFixedBudgetIsKept() {
        StepCosts costs = new StepCosts(256);
        PromptBudget budget = budget(costs, 10);
        costs.measured(1, 0, 1);
        costs.measured(1, 10, 100);
        assertEquals(10, budget.rows(1));
        assertEquals(4, budget(costs, 10).rows(252));
    }

    @Test
    void aMeasuredBudgetMakesAStepSoManyTimesAsLong() {
        StepCosts costs = new StepCosts(256);
        PromptBudget budget = budget(costs, 0);
        assertEquals(32, budget.rows(4), "nothing is known yet");
        costs.measured(4, 0, 0.010);
        assertEquals(32, budget.rows(4), "what a row costs is not known yet");
        costs.measured(4, 32, 0.010 + 32 * 0.0005);
        // 12.5 ms for prompts, half a millisecond a row.
        assertEquals(25, budget.rows(4));
        assertEquals(25, budget.rows(7), "more decode no faster");
        assertEquals(32, budget.rows(3), "nothing is known of fewer");
    }

    @Test
    void rowsThatGetDearerGetFewer() {
        StepCosts costs = new StepCosts(256);
        PromptBudget budget = budget(costs, 0);
        costs.measured(1, 0, 0.010);
        costs.measured(0, 256, 0.0256);
        assertEquals(125, budget.rows(1));
        for (int i = 0; i < 100; i++) {
            costs.measured(1, 10, 0.010 + 10 * 0.001);
        }
        assertEquals(12, budget.rows(1));
        for (int i = 0; i < 100; i++) {
            costs.measured(1, 10, 10);
        }
        assertEquals(8, budget.rows(1), "prompts come to an end nevertheless");
    }

    private static PromptBudget budget(StepCosts costs, int fixed) {
        return new PromptBudget(new EngineOptions(1, 255, 256, fixed, Duration.ofMinutes(1)), costs);
    }
}
