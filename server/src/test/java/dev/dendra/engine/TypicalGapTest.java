// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TypicalGapTest {
    private final TypicalGap gap = new TypicalGap();

    @Test
    void nothingIsKnownAtFirst() {
        assertEquals(0, gap.seconds());
        gap.measured(4, 0.025);
        assertEquals(0.025, gap.seconds());
    }

    @Test
    void findsTheMedianAndNotTheMean() {
        Random random = new Random(1);
        for (int i = 0; i < 5000; i++) {
            gap.measured(8, random.nextInt(3) == 0 ? 0.200 : 0.020 + 0.020 * random.nextDouble());
        }
        // Two thirds are spread from 20 to 40 ms: half of all lies below 35.
        assertEquals(0.035, gap.seconds(), 0.003);
    }

    @Test
    void aBurstMovesItLittle() {
        gap.measured(8, 0.030);
        for (int i = 0; i < 40; i++) {
            gap.measured(8, 0.100);
        }
        assertTrue(gap.seconds() < 0.036, () -> gap.seconds() + " s");
    }

    @Test
    void fewStreamsCountLess() {
        gap.measured(1, 0.030);
        gap.measured(1, 0.100);
        double one = gap.seconds() - 0.030;
        TypicalGap many = new TypicalGap();
        many.measured(8, 0.030);
        many.measured(8, 0.100);
        assertEquals(8, (many.seconds() - 0.030) / one, 1e-6);
    }
}
