// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How much is guessed. */
class GuessLengthTest {
    private static final double CHEAP_ROW = 0.1;

    @Test
    void aRowThatCostsAsMuchAsAStepIsNeverWorthIt() {
        GuessLength length = new GuessLength();
        for (int i = 0; i < 100; i++) {
            length.outcome(4, 4);
        }
        assertEquals(0, length.best(1, 1));
    }

    @Test
    void whoGuessesWellGuessesMore() {
        GuessLength length = new GuessLength();
        int first = length.best(1, CHEAP_ROW);
        for (int i = 0; i < 100; i++) {
            length.outcome(4, 4);
        }
        assertTrue(length.best(1, CHEAP_ROW) > first);
        assertEquals(GuessLength.LIMIT, length.best(1, CHEAP_ROW));
    }

    @Test
    void whoGuessesBadlyStopsAndIsGivenAnotherTry() {
        GuessLength length = new GuessLength();
        for (int i = 0; i < 100; i++) {
            length.outcome(3, 0);
        }
        assertEquals(0, length.best(1, CHEAP_ROW));
        int passed = 0;
        while (length.best(1, CHEAP_ROW) == 0) {
            length.passed();
            passed++;
        }
        assertTrue(passed > 10 && passed < 500, passed + " chances");
    }

    /** The length is the one with the largest gain, by trying all of them. */
    @Test
    void theLengthIsTheBest() {
        for (int right = 0; right <= 10; right++) {
            GuessLength length = new GuessLength();
            for (int i = 0; i < 500; i++) {
                length.outcome(10, right);
            }
            double tried = Math.min(right + 1, 10);
            double accepted = (20 * right + 1) / (20 * tried + 2);
            for (double row : new double[] {0.02, 0.1, 0.3, 0.8}) {
                assertEquals(bestByTrying(accepted, row), length.best(1, row), "right " + right + ", row " + row);
            }
        }
    }

    private static int bestByTrying(double accepted, double row) {
        int best = 0;
        double most = 0;
        double tokens = 0;
        for (int k = 1; k <= GuessLength.LIMIT; k++) {
            tokens += Math.pow(accepted, k);
            double gain = tokens - k * row;
            if (gain > most) {
                most = gain;
                best = k;
            }
        }
        return best;
    }
}
