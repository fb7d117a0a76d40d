// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentStepsTest {
    private static final long QUARTER = Duration.ofMillis(250).toNanos();

    private final AtomicLong clock = new AtomicLong(-7);
    private final RecentSteps steps = new RecentSteps(clock::get);

    private record Added(long quarter, int prompt, int decode) {}

    @Test
    void agreesWithAListOfAllSteps() {
        Random random = new Random(1);
        Deque<Added> all = new ArrayDeque<>();
        long now = 0;
        for (int i = 0; i < 20_000; i++) {
            // Mostly many steps in a quarter of a second, now and then a pause longer than all buckets together.
            now += random.nextInt(50) == 0 ? random.nextLong(30 * QUARTER) : random.nextLong(QUARTER / 4);
            clock.set(now - 7);
            int prompt = random.nextBoolean() ? 0 : random.nextInt(1000);
            int decode = random.nextInt(64);
            steps.add(prompt, decode);
            all.add(new Added(now / QUARTER, prompt, decode));
            long end = now / QUARTER;
            List<Added> window = all.stream()
                    .skip(Math.max(0, all.size() - 500))
                    .filter(each -> each.quarter < end && each.quarter >= end - 8)
                    .toList();
            assertEquals(
                    window.stream().mapToInt(Added::prompt).sum() / 2.0,
                    steps.rates().prefill());
            assertEquals(
                    window.stream().mapToInt(Added::decode).sum() / 2.0,
                    steps.rates().decode());
        }
        List<EngineActivity.StepRows> last = new ArrayList<>();
        all.stream()
                .skip(all.size() - RecentSteps.STEPS)
                .forEach(each -> last.add(new EngineActivity.StepRows(each.prompt, each.decode)));
        assertEquals(last, steps.last());
    }

    @Test
    void isZeroOnceTheWindowHasPassed() {
        steps.add(10, 4);
        assertEquals(0, steps.rates().decode(), "the quarter is not over");
        clock.addAndGet(QUARTER);
        assertEquals(new EngineActivity.Rates(RecentSteps.WINDOW, 5, 2), steps.rates());
        clock.addAndGet(7 * QUARTER);
        assertEquals(2, steps.rates().decode());
        clock.addAndGet(QUARTER);
        assertEquals(0, steps.rates().decode());
    }
}
