// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An engine that hangs, and one that only seems to. */
@Timeout(60)
class StallGuardTest {
    private static final Duration LIMIT = Duration.ofMillis(4);
    private static final long PATIENCE_SECONDS = 30;

    private final AtomicReference<Duration> stalled = new AtomicReference<>(Duration.ZERO);
    private final AtomicInteger reports = new AtomicInteger();
    private final CountDownLatch exited = new CountDownLatch(1);
    private final CountDownLatch looked = new CountDownLatch(20);

    @Test
    void anEngineThatHangsEndsTheProcess() throws Exception {
        try (StallGuard _ = guard(Duration.ofMillis(2))) {
            stalled.set(Duration.ofMillis(6));
            assertTrue(exited.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        assertTrue(reports.get() == 1, "told once where the scheduler is");
    }

    @Test
    void aSlowStepIsToldOnceAndForgiven() throws Exception {
        try (StallGuard _ = guard(Duration.ofMillis(2))) {
            stalled.set(Duration.ofMillis(5));
            assertTrue(looked.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            stalled.set(Duration.ZERO);
        }
        assertFalse(exited.await(0, TimeUnit.SECONDS));
        assertTrue(reports.get() == 1, () -> reports.get() + " reports");
    }

    @Test
    void nobodyHasToExit() throws Exception {
        try (StallGuard _ = guard(Duration.ZERO)) {
            stalled.set(Duration.ofDays(1));
            assertTrue(looked.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        assertFalse(exited.await(0, TimeUnit.SECONDS));
    }

    private StallGuard guard(Duration patience) {
        return new StallGuard(
                () -> {
                    looked.countDown();
                    return stalled.get();
                },
                () -> "report " + reports.incrementAndGet(),
                LIMIT,
                patience,
                exited::countDown);
    }
}
