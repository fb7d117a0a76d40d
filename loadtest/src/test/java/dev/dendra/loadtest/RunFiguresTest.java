// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunFiguresTest {

    private static final long MS = 1_000_000;

    @Test
    void figuresFollowTheirDefinitions() {
        LoadRun run = new LoadRun(
                List.of(
                        new Attempt.Completed(
                                0, 0, List.of(100 * MS, 110 * MS, 140 * MS), 142 * MS, new Usage(7, 2, 3, true)),
                        new Attempt.Completed(
                                300 * MS, 300 * MS, List.of(500 * MS), 500 * MS, new Usage(5, 0, 1, true))),
                1);

        RunFigures figures = RunFigures.of(run, Optional.empty());

        assertTrue(figures.window().isWholeRun());
        assertEquals(12, figures.promptTokens());
        assertEquals(2, figures.cachedTokens());
        assertEquals(4 / 0.5, figures.throughput().outputTokens(), 1e-9);
        assertEquals(16 / 0.5, figures.throughput().totalTokens(), 1e-9);
        assertEquals(2 / 0.5, figures.throughput().requests(), 1e-9);
        assertEquals(100, figures.latency(LatencyKind.TTFT).p50(), 0.1);
        assertEquals(200, figures.latency(LatencyKind.TTFT).p99(), 0.2);
        assertEquals(2, figures.latency(LatencyKind.ITL).count());
        assertEquals(20, figures.latency(LatencyKind.ITL).mean(), 0.1);
        // (142 - 100) / (3 - 1); the request of one token has no time per further token.
        assertEquals(1, figures.latency(LatencyKind.TPOT).count());
        assertEquals(21, figures.latency(LatencyKind.TPOT).max(), 0.1);
        assertEquals(200, figures.latency(LatencyKind.E2E).max(), 0.2);
    }

    @Test
    void percentilesAreThoseOfTheSortedValues() {
        Random random = new Random(5);
        for (int count : new int[] {1, 2, 3, 10, 99, 100, 101, 5000}) {
            LatencyRecorder recorder = new LatencyRecorder();
            List<Long> sorted = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long nanoseconds = (long) Math.exp(random.nextDouble() * 10 + 10);
                sorted.add(nanoseconds);
                recorder.record(nanoseconds);
            }
            Collections.sort(sorted);
            LatencySummary summary = recorder.summary();
            Map<Double, Double> figures = Map.of(
                    50.0,
                    summary.p50(),
                    90.0,
                    summary.p90(),
                    95.0,
                    summary.p95(),
                    99.0,
                    summary.p99(),
                    100.0,
                    summary.max());
            figures.forEach((percentile, found) -> {
                // The smallest value that so many percent of the values do not exceed.
                int rank = (int) Math.max(1, Math.ceil(percentile * count / 100));
                double expected = sorted.get(rank - 1) / 1e6;
                assertEquals(expected, found, expected * 1e-3 + 1e-3, "p" + percentile + " of " + count);
            });
            double mean = sorted.stream().mapToLong(Long::longValue).average().orElseThrow() / 1e6;
            assertEquals(mean, summary.mean(), mean * 1e-3 + 1e-3);
        }
    }

    @Test
    void whatHappensBeforeAndAfterTheSteadyWindowDoesNotCount() {
        List<Attempt> attempts = new ArrayList<>();
        // Two clients; the first wave takes 500 ms, all others 100 ms, 10 tokens each.
        for (int client = 0; client < 2; client++) {
            attempts.add(completed(0, 500));
            for (int i = 0; i < 5; i++) {
                attempts.add(completed(500 + 100 * i, 100));
            }
        }
        attempts.sort((a, b) -> Long.compare(a.intended(), b.intended()));

        RunFigures figures = RunFigures.of(new LoadRun(attempts, 2), Optional.empty());

        assertFalse(figures.window().isWholeRun());
        assertEquals(500 * MS, figures.window().from());
        assertEquals(900 * MS, figures.window().to());
        assertEquals(100, figures.latency(LatencyKind.TTFT).max(), 0.1);
        assertEquals(1.0, figures.wallSeconds(), 1e-9);
        // At 500, 600, 700, 800 and 900 ms two requests end, one chunk each.
        assertEquals(10 / 0.4, figures.throughput().requests(), 1e-9);
    }

    @Test
    void goodputIsTheShareThatMeetsEveryObjective() {
        Slo slo = Slo.parse("ttft=100ms, tpot=20ms,e2e=1s");
        List<Attempt> attempts = List.of(
                streamed(0, 100, 20, 10),
                streamed(0, 101, 20, 10),
                streamed(0, 50, 21, 10),
                streamed(0, 50, 20, 60),
                new Attempt.Failed(0, 0, 10 * MS, "HTTP 500"));

        Goodput goodput = Goodput.of(attempts, slo, 2);

        assertEquals(0.2, goodput.share(), 1e-9);
        assertEquals(0.5, goodput.rate(), 1e-9);
        assertTrue(Slo.parse("itl=20ms").isMetBy(streamed(0, 500, 20, 5)));
        assertFalse(Slo.parse("itl=19ms").isMetBy(streamed(0, 500, 20, 5)));
    }

    @Test
    void badObjectivesAreNamed() {
        for (String text : List.of("", "ttft", "ttft=", "ttft=x", "ttft=0s", "speed=1s", "ttft=1s,ttft=2s")) {
            assertThrows(BadInput.class, () -> Slo.parse(text), text);
        }
        assertEquals(
                Map.of(LatencyKind.E2E, Duration.ofSeconds(90)),
                Slo.parse("E2E=1.5m").limits());
    }

    @Test
    void theTimelineSharesOutTokensAndRequestsInFlight() {
        // Two requests over one second, a token every 100 ms.
        LoadRun run = new LoadRun(List.of(streamed(0, 100, 100, 10), streamed(0, 100, 100, 10)), 2);

        Timeline timeline = Timeline.of(run);

        assertEquals(0.1, timeline.stepSeconds());
        double tokens = timeline.slices().stream()
                .mapToDouble(slice -> slice.outputTokens() * timeline.stepSeconds())
                .sum();
        assertEquals(20, tokens, 1e-9);
        assertEquals(2, timeline.slices().get(5).inFlight(), 1e-9);
        assertEquals(100, timeline.slices().get(5).itl(), 0.1);
    }

    @Test
    void mediansIgnoreWhatIsMissing() {
        assertEquals(2, Medians.of(List.of(3.0, 1.0, 2.0), Double::doubleValue));
        assertEquals(1.5, Medians.of(List.of(1.0, Double.NaN, 2.0), Double::doubleValue));
        assertTrue(Double.isNaN(Medians.of(List.<Double>of(), Double::doubleValue)));
    }

    private static Attempt completed(long dueMs, long tookMs) {
        long end = (dueMs + tookMs) * MS;
        return new Attempt.Completed(dueMs * MS, dueMs * MS, List.of(end), end, new Usage(1, 0, 10, true));
    }

    private static Attempt streamed(long dueMs, long firstMs, long gapMs, int tokens) {
        List<Long> chunks = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            chunks.add((dueMs + firstMs + i * gapMs) * MS);
        }
        return new Attempt.Completed(dueMs * MS, dueMs * MS, chunks, chunks.getLast(), new Usage(1, 0, tokens, true));
    }
}
