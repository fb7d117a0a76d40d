// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PhasePowerTest {
    private final PhasePower power = new PhasePower();
    private final Random random = new Random(3);

    @Test
    void findsTheWattsOfBoth() {
        for (int i = 0; i < 200; i++) {
            double prefill = 0.1 * random.nextDouble();
            power.learn(prefill, 0.1 - prefill, 260 * prefill + 180 * (0.1 - prefill));
        }
        assertTrue(power.isKnown());
        assertEquals(260, power.prefillWatts(), 1);
        assertEquals(180, power.decodeWatts(), 1);
        assertEquals(0, power.residualRatio(), 1e-3);
    }

    @Test
    void whatIsNotToldApartIsEqual() {
        for (int i = 0; i < 50; i++) {
            // Always in the same proportion, with noise.
            power.learn(0.01, 0.09, 20 + random.nextGaussian());
        }
        assertEquals(power.prefillWatts(), power.decodeWatts(), 0.2 * power.decodeWatts());
    }

    @Test
    void onePhaseAloneTellsOfBoth() {
        power.learn(0, 0.1, 15);
        assertEquals(150, power.decodeWatts(), 0.1);
        assertEquals(150, power.prefillWatts(), 0.1);
    }

    @Test
    void neverBelowZero() {
        for (int i = 0; i < 200; i++) {
            double prefill = 0.1 * random.nextDouble();
            power.learn(prefill, 0.1 - prefill, -300 * prefill + 180 * (0.1 - prefill));
        }
        assertEquals(0, power.prefillWatts());
        assertTrue(power.decodeWatts() > 0);
        assertTrue(power.residualRatio() > 0.1);
    }

    @Test
    void saysNothingAtFirst() {
        assertFalse(power.isKnown());
        assertTrue(Double.isNaN(power.residualRatio()));
        power.learn(0, 0, 0);
        assertEquals(0, power.prefillWatts());
    }
}
