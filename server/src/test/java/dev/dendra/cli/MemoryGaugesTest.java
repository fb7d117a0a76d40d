// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.metrics.ServerMetrics;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MemoryGaugesTest {
    private final ServerMetrics metrics = new ServerMetrics();

    @Test
    void aLimitThatIsMovedShowsAndOneThatIsTakenAwayIsNoNumber() {
        AtomicReference<OptionalLong> limit = new AtomicReference<>(OptionalLong.of(2L << 30));
        new MemoryGauges(() -> OptionalLong.of(1L << 30), limit::get).show(metrics);
        assertShows("dendra_resident_memory_bytes 1.073741824E9");
        assertShows("dendra_memory_limit_bytes 2.147483648E9");
        limit.set(OptionalLong.of(4L << 30));
        assertShows("dendra_memory_limit_bytes 4.294967296E9");
        limit.set(OptionalLong.empty());
        assertShows("dendra_memory_limit_bytes NaN");
    }

    @Test
    void whatIsNotKnownIsNotShown() {
        new MemoryGauges(OptionalLong::empty, OptionalLong::empty).show(metrics);
        assertFalse(scrape().contains("memory"), scrape());
    }

    private void assertShows(String sample) {
        assertTrue(scrape().contains(sample + "\n"), scrape());
    }

    private String scrape() {
        return metrics.scrape(ServerMetrics.PROMETHEUS_TEXT);
    }
}
