// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadLoopTest {

    private static final long MS = 1_000_000;
    private static final Usage TWO_TOKENS = new Usage(5, 0, 2, true);

    @Test
    void anOpenLoopSendsWithoutWaitingForAnswers() throws InterruptedException {
        int requests = 300;
        CountDownLatch allThere = new CountDownLatch(requests);
        // Nobody is answered until all have asked, so a limit to the requests in flight would fail them all.
        Client client = prompt -> (start, intended) -> {
            allThere.countDown();
            return allThere.await(30, TimeUnit.SECONDS)
                    ? new Attempt.Completed(intended, intended, List.of(intended), intended, TWO_TOKENS)
                    : new Attempt.Failed(intended, intended, intended, "held back");
        };

        LoadRun run = new OpenLoop(arrivals(requests, MS), new VirtualTime(1)).run(client, Load.Progress.NONE);

        assertEquals(requests, run.attempts().size());
        assertTrue(run.attempts().stream().allMatch(Attempt.Completed.class::isInstance));
    }

    @Test
    void aStalledServerShowsInEveryRequestThatWasDueMeanwhile() throws InterruptedException {
        // One request every 10 ms; the server stands still from 200 ms to 1,200 ms and answers in 1 ms otherwise.
        Client client = prompt -> (start, intended) -> {
            long answered = intended >= 200 * MS && intended < 1200 * MS ? 1200 * MS : intended + MS;
            return new Attempt.Completed(intended, intended, List.of(answered), answered, TWO_TOKENS);
        };

        LoadRun run = new OpenLoop(arrivals(200, 10 * MS), new VirtualTime(1)).run(client, Load.Progress.NONE);
        LatencySummary ttft = figures(run).latency(LatencyKind.TTFT);

        assertEquals(1000, ttft.max(), 1);
        // Half of the requests waited, evenly from 10 ms to 1,000 ms; a loop that waits for answers would have one.
        assertEquals(800, ttft.p90(), 15);
    }

    @Test
    void latenciesCountFromTheIntendedTimeAndTheClientsDelayIsKnown() {
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            long due = 100 * MS * i;
            attempts.add(new Attempt.Completed(
                    due, due + 7 * MS, List.of(due + 20 * MS, due + 50 * MS), due + 60 * MS, TWO_TOKENS));
        }

        RunFigures figures = figures(new LoadRun(attempts, 0));

        assertEquals(20, figures.latency(LatencyKind.TTFT).p50(), 0.02);
        assertEquals(60, figures.latency(LatencyKind.E2E).p50(), 0.06);
        assertEquals(7, figures.latency(LatencyKind.QUEUE).p99(), 0.007);
    }

    @Test
    void aClientThatCannotKeepUpHasNoValidResult() throws InterruptedException {
        for (double slowness : List.of(1.0, 1.015, 1.03)) {
            VirtualTime time = new VirtualTime(slowness);
            Client client = prompt -> (start, intended) -> {
                // What the thread that waits has reached when it hands the request over is when it was sent.
                long sent = Math.round(intended * slowness);
                return new Attempt.Completed(intended, sent, List.of(sent), sent, TWO_TOKENS);
            };

            LoadRun run = new OpenLoop(arrivals(50, MS), time).run(client, Load.Progress.NONE);

            RunFigures figures = figures(run);
            assertEquals(slowness < 1.02, figures.isValid(), "slowed by " + slowness);
            assertEquals(
                    50 * slowness / 1.0,
                    50
                            * figures.rate().orElseThrow().offered()
                            / figures.rate().orElseThrow().achieved(),
                    0.01);
            Findings findings = findings(figures);
            assertEquals(slowness < 1.02 ? 0 : Findings.INVALID, findings.exitCode());
            assertEquals(slowness >= 1.02, TextReport.of(findings).contains("INVALID"), TextReport.of(findings));
        }
    }

    @Test
    void aClosedLoopEndsWithItsTime() throws InterruptedException {
        VirtualTime time = new VirtualTime(1);
        Client client = prompt -> (start, intended) -> {
            time.awaitUntil(time.now() + 30 * MS);
            return new Attempt.Completed(intended, intended, List.of(time.now()), time.now(), TWO_TOKENS);
        };

        LoadRun run = new ClosedLoop(1, index -> prompt(), 0, Integer.MAX_VALUE, Duration.ofMillis(100), time)
                .run(client, Load.Progress.NONE);

        assertEquals(4, run.attempts().size(), "at 0, 30, 60 and 90 ms");
        assertEquals(120 * MS, run.wall());
    }

    @Test
    void failedRequestsFailTheResult() {
        List<Attempt> attempts = List.of(
                new Attempt.Completed(0, 0, List.of(MS), MS, TWO_TOKENS),
                new Attempt.Failed(2 * MS, 2 * MS, 3 * MS, "HTTP 503"));

        Findings findings = findings(figures(new LoadRun(attempts, 1)));

        assertEquals(Findings.FAILED, findings.exitCode());
        assertFalse(TextReport.of(findings).contains("INVALID"));
        assertTrue(TextReport.of(findings).contains("error: HTTP 503: 1"));
    }

    private static RunFigures figures(LoadRun run) {
        return RunFigures.of(run, Optional.empty());
    }

    private static Findings findings(RunFigures figures) {
        LoadShape shape = new LoadShape.Closed(1, 1, Duration.ofSeconds(1));
        LevelResult level = new LevelResult(shape, List.of(new Round(1, figures, Optional.empty())));
        return new Findings(List.of(), List.of(level), Optional.empty(), Optional.empty(), 0.95);
    }

    private static List<Arrival> arrivals(int count, long gap) {
        List<Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            arrivals.add(new Arrival(i * gap, prompt()));
        }
        return arrivals;
    }

    private static Prompt prompt() {
        return new Prompt(TextNode.valueOf("x"), 2);
    }
}
