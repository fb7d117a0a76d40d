// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Limits of a key, on a clock of the test's own. */
class KeyUsageTest {
    private static final long START = -5_000_000_000L;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final KeyUsage usage = new KeyUsage(START);

    @Test
    void aMinutesRequestsMayComeAtOnceAndComeBackEvenly() {
        for (int i = 59; i >= 0; i--) {
            KeyUsage.RateState state = usage.request(60, START);
            assertTrue(state.granted());
            assertEquals(i, state.remaining());
        }
        KeyUsage.RateState refused = usage.request(60, START);
        assertFalse(refused.granted());
        assertEquals(Duration.ofSeconds(1), refused.untilNext());
        assertEquals(Duration.ofMinutes(1), refused.untilFull());
        assertFalse(usage.request(60, START + SECOND - 1_000_000).granted());
        assertTrue(usage.request(60, START + SECOND).granted());
        assertFalse(usage.request(60, START + SECOND).granted());
        assertTrue(usage.request(60, START + 61 * SECOND).granted());
        assertEquals(58, usage.request(60, START + 61 * SECOND).remaining());
    }

    @Test
    void aLimitThatWasLoweredHoldsAtOnce() {
        for (int i = 0; i < 10; i++) {
            usage.request(60, START);
        }
        assertFalse(usage.request(5, START).granted());
    }

    @Test
    void countsWhatRuns() {
        assertTrue(usage.begin(OptionalInt.of(2)));
        assertTrue(usage.begin(OptionalInt.empty()));
        assertFalse(usage.begin(OptionalInt.of(2)));
        usage.end();
        assertEquals(1, usage.running());
        assertTrue(usage.begin(OptionalInt.of(2)));
    }
}
