// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.Tuning;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowCrossoverTest {
    private static final int[] CANDIDATES = {1, 2, 4, 8, 16};
    private static final long PLENTY = 1L << 40;

    private long now;

    /** The incumbent takes 100 ns a row, the challenger a fixed time. */
    @ParameterizedTest
    @CsvSource({"50,1", "100,1", "101,2", "400,4", "401,8", "799,8", "1600,16", "1601," + Tuning.NEVER})
    void findsTheFirstCandidateOnWhichTheChallengerIsNoSlower(long fixed, int expected) {
        assertEquals(OptionalInt.of(expected), search(PLENTY).find(rows -> takes(100L * rows), rows -> takes(fixed)));
    }

    /** Half of all runs are held up for longer than they take; four rounds in eight are quiet enough in any order. */
    @Test
    void runsThatAreHeldUpDoNotCount() {
        Random random = new Random(7);
        for (int repetition = 0; repetition < 50; repetition++) {
            int[] runs = {0};
            int phase = random.nextInt(2);
            OptionalInt found = search(PLENTY)
                    .find(
                            rows -> takes(100L * rows + (runs[0]++ + phase) % 2 * random.nextLong(5_000)),
                            rows -> takes(390));

            assertEquals(OptionalInt.of(4), found);
        }
    }

    @Test
    void whatIsNotFinishedInTimeIsNotFound() {
        assertEquals(OptionalInt.empty(), search(5_000).find(rows -> takes(100L * rows), rows -> takes(350)));

        assertTrue(now <= 5_000 + 1_600 + 350, "one round more than the time allows at most: " + now);
    }

    @Test
    void aClearLeadEndsTheComparisonEarly() {
        search(PLENTY).find(rows -> takes(1_000), rows -> takes(2_000));
        long clear = now;
        now = 0;
        search(PLENTY).find(rows -> takes(1_900), rows -> takes(2_000));

        assertTrue(clear < now, clear + " and " + now);
    }

    private RowCrossover search(long nanos) {
        return new RowCrossover(CANDIDATES, Deadline.in(() -> now, nanos));
    }

    private long takes(long nanos) {
        now += nanos;
        return nanos;
    }
}
