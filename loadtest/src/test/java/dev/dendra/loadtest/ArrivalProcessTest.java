// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import org.junit.jupiter.api.Test;

class ArrivalProcessTest {

    @Test
    void constantArrivalsAreEvenlySpaced() {
        assertEquals(
                List.of(0L, 250_000_000L, 500_000_000L, 750_000_000L),
                offsets(ArrivalProcess.CONSTANT, List.of(RateStage.constant(1, 4)), 1));
    }

    @Test
    void aRampHasTheArrivalsOfItsMeanRate() {
        // From 0 to 10 a second in 10 s: the k-th is due when t² / 2 = k.
        List<Long> offsets = offsets(ArrivalProcess.CONSTANT, List.of(new RateStage(10, 0, 10)), 1);

        assertEquals(50, offsets.size());
        for (int k = 0; k < offsets.size(); k++) {
            assertEquals(Math.sqrt(2.0 * k), offsets.get(k) / 1e9, 1e-6);
        }
    }

    @Test
    void stagesFollowEachOther() {
        List<RateStage> stages =
                List.of(RateStage.parse("2s@1"), RateStage.parse("1s@4..0"), RateStage.parse("500ms@4"));

        List<Long> offsets = offsets(ArrivalProcess.CONSTANT, stages, 1);

        // The ramp brings two arrivals: 4t - 2t² = 0, 1.
        List<Double> expected = List.of(0.0, 1.0, 2.0, 2 + 1 - Math.sqrt(0.5), 3.0, 3.25);
        assertEquals(expected.size(), offsets.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), offsets.get(i) / 1e9, 1e-6);
        }
    }

    @Test
    void poissonGapsAreExponential() {
        List<Long> offsets = offsets(ArrivalProcess.POISSON, List.of(RateStage.constant(2000, 10)), 7);

        int count = offsets.size();
        assertEquals(20_000, count, 4 * Math.sqrt(20_000));
        double longer = 0;
        for (int i = 1; i < count; i++) {
            longer += offsets.get(i) - offsets.get(i - 1) > 100_000_000 ? 1 : 0;
        }
        // A gap is longer than its mean with a probability of 1 / e.
        assertEquals(Math.exp(-1), longer / count, 4 * 0.5 / Math.sqrt(count));
    }

    @Test
    void theSeedDecides() {
        List<RateStage> stages = List.of(RateStage.constant(10, 10));

        assertEquals(offsets(ArrivalProcess.POISSON, stages, 3), offsets(ArrivalProcess.POISSON, stages, 3));
        assertTrue(!offsets(ArrivalProcess.POISSON, stages, 3).equals(offsets(ArrivalProcess.POISSON, stages, 4)));
    }

    @Test
    void badStagesAreNamed() {
        for (String text : List.of("", "10", "10s@", "@5", "10s@-1", "0s@1", "10s@0", "5x@1", "10s@1..", "8d@1")) {
            BadInput error = assertThrows(BadInput.class, () -> RateStage.parse(text), text);
            assertTrue(String.valueOf(error.getMessage()).contains(text), error.getMessage());
        }
    }

    private static List<Long> offsets(ArrivalProcess process, List<RateStage> stages, long seed) {
        List<Long> offsets = new ArrayList<>();
        PrimitiveIterator.OfLong each = process.offsets(stages, seed);
        each.forEachRemaining((long offset) -> offsets.add(offset));
        return offsets;
    }
}
