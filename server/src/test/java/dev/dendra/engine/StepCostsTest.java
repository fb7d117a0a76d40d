// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What is known of the time that steps take. */
class StepCostsTest {
    private static final double EXACT = 1e-12;

    private final StepCosts costs = new StepCosts(32);

    @Test
    void nothingIsKnownAtFirst() {
        assertEquals(0, costs.decoding(4));
        assertEquals(0, costs.furtherRow(4, 8));
    }

    @Test
    void aFurtherRowCostsTheSlopeToTheMostRowsSeen() {
        costs.measured(4, 0.010);
        costs.measured(5, 0.100);
        costs.measured(8, 0.012);
        costs.measured(14, 1);
        assertEquals(0.0005, costs.furtherRow(4, 8), EXACT);
        assertEquals(0.09, costs.furtherRow(4, 2), EXACT);
    }

    @Test
    void noiseDoesNotMakeRowsCheaperThanNothing() {
        costs.measured(4, 0.010);
        costs.measured(6, 0.008);
        assertEquals(0, costs.furtherRow(4, 8));
    }

    @Test
    void beforeAnyTryTheWeightsCountAsThreeRows() {
        costs.measured(1, 0.010);
        assertEquals(0.0025, costs.furtherRow(1, 8), EXACT);
    }

    @Test
    void theEndOfTheTableIsNoError() {
        costs.measured(32, 0.010);
        assertEquals(0.010 / 35, costs.furtherRow(32, 8), EXACT);
    }

    @Test
    void newStepsMoveTheAverageByATenth() {
        costs.measured(2, 0.010);
        costs.measured(2, 0.014);
        assertEquals(0.0104, costs.decoding(2), EXACT);
    }

    @Test
    void aStepThatWasHeldUpHardlyCounts() {
        costs.measured(2, 0.010);
        costs.measured(2, 1);
        assertEquals(0.0105, costs.decoding(2), EXACT);
    }
}
