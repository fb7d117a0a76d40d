// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.Failed;
import dev.dendra.engine.GenerationEvent.FailureKind;
import dev.dendra.engine.GenerationEvent.Finished;
import dev.dendra.metrics.EngineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Who is served when not all can be. */
class FairnessTest extends SteppedEngineTest {
    private static final EngineOptions TWO_AT_ONCE = new EngineOptions(200, 2, 16, 16, Duration.ofMinutes(1));
    private static final EngineOptions ONE_AT_A_TIME = new EngineOptions(100, 1, 16, 16, Duration.ofMinutes(1));

    private final ManualClock clock = new ManualClock();
    private final Random random = new Random(1);

    @Test
    void aFloodOfOneTenantDoesNotHoldUpAnother() throws Exception {
        Engine engine = engine(new PagedHashModel(64), TWO_AT_ONCE);
        List<Transcript> flood = submit(engine, "alice", 0, 40, 10);
        for (int i = 0; i < 12; i++) {
            engine.runStep();
        }
        Transcript late = submit(engine, "bob", 0, 1, 10).getFirst();
        while (!late.read().hasEnded()) {
            engine.runStep();
        }
        assertTrue(flood.stream().filter(one -> one.read().hasEnded()).count() <= 6);
    }

    @Test
    void tenantsThatAskForMoreThanThereIsGetEquallyMuch() throws Exception {
        Engine engine = engine(new PagedHashModel(64), TWO_AT_ONCE);
        List<Transcript> small = submit(engine, "alice", 0, 150, 5);
        List<Transcript> large = submit(engine, "bob", 0, 40, 60);
        for (int i = 0; i < 800; i++) {
            engine.runStep();
        }
        // Each prompt of 20 tokens counts 20, each generated token 2; what a large request costs may be out of balance.
        int first = 2 * tokens(small) + 20 * tokens(small) / 5;
        int second = 2 * tokens(large) + 20 * tokens(large) / 60;
        assertTrue(Math.abs(first - second) <= 2 * 140, first + " and " + second);
        assertTrue(first > 1500, first + " and " + second);
    }

    @Test
    void whoPausedHasNoClaimToWhatWasMissed() throws Exception {
        Engine engine = engine(new PagedHashModel(64), ONE_AT_A_TIME);
        submit(engine, "alice", 0, 1, 1);
        runToEnd(engine);
        submit(engine, "bob", 0, 20, 20);
        for (int i = 0; i < 200; i++) {
            engine.runStep();
        }
        List<Transcript> back = submit(engine, "alice", 0, 20, 20);
        List<Transcript> other = submit(engine, "bob", 0, 20, 20);
        for (int i = 0; i < 400; i++) {
            engine.runStep();
        }
        assertTrue(tokens(back) < 250, tokens(back) + " beside " + tokens(other));
    }

    @Test
    void promptsOfTwoTenantsAreComputedInTurns() throws Exception {
        Engine engine = engine(new PagedHashModel(64), TWO_AT_ONCE);
        Transcript large =
                new Transcript(engine.submit(Requests.of(prompt(random, 480), 1, Requests.terms("alice", "", 0))));
        engine.runStep();
        Transcript small =
                new Transcript(engine.submit(Requests.of(prompt(random, 64), 1, Requests.terms("bob", "", 0))));
        int steps = 0;
        while (!small.read().hasEnded()) {
            engine.runStep();
            steps++;
        }
        assertTrue(steps <= 10, steps + " steps for four of prompt");
        assertTrue(!large.read().hasEnded());
    }

    @Test
    void aPromptThatRunsCountsBeforeItIsComputed() throws Exception {
        Engine engine = engine(new PagedHashModel(64), TWO_AT_ONCE);
        engine.submit(Requests.of(prompt(random, 480), 1, Requests.terms("alice", "", 0)));
        engine.runStep();
        Transcript again = submit(engine, "alice", 0, 1, 1).getFirst();
        Transcript other = submit(engine, "bob", 0, 1, 1).getFirst();
        int steps = 0;
        while (!other.read().hasEnded()) {
            engine.runStep();
            steps++;
        }
        assertTrue(steps <= 10, steps + " steps, though alice has a prompt of 480 tokens under way already");
        assertTrue(!again.read().hasEnded());
    }

    @Test
    void whoseCacheIsFullHoldsUpNobodyElse() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] cached = prompt(random, 240);
        for (int i = 0; i < 20; i++) {
            engine.submit(Requests.of(cached, 10, Requests.terms("bob", "", 0)));
            runToEnd(engine);
        }
        engine.submit(Requests.of(prompt(random, 240), 10, Requests.terms("alice", "", 0)));
        runToEnd(engine);
        Transcript running =
                new Transcript(engine.submit(Requests.of(prompt(random, 200), 20, Requests.terms("alice", "", 0))));
        while (running.read().tokens().length == 0) {
            engine.runStep();
        }
        // Now bob has had more than alice, whose next request is looked at first and finds no blocks.
        Transcript more =
                new Transcript(engine.submit(Requests.of(prompt(random, 60), 1, Requests.terms("bob", "", 0))));
        while (!more.read().hasEnded()) {
            engine.runStep();
        }
        Transcript beyond =
                new Transcript(engine.submit(Requests.of(prompt(random, 150), 1, Requests.terms("alice", "", 0))));
        Transcript other =
                new Transcript(engine.submit(Requests.of(prompt(random, 40), 1, Requests.terms("bob", "", 0))));
        int steps = 0;
        while (!other.read().hasEnded()) {
            engine.runStep();
            steps++;
        }
        assertTrue(steps <= 3 && !running.read().hasEnded(), steps + " steps");
        assertTrue(!beyond.read().hasEnded());
        runToEnd(engine);
        assertEquals(1, beyond.read().tokens().length);
    }

    @Test
    void tenantsAreForgottenWithTheirLastBlock() throws Exception {
        Engine engine = engine(new PagedHashModel(8), OPTIONS);
        FairQueue queue = new FairQueue();
        for (int i = 0; i < 100; i++) {
            GenerationRequest request = Requests.of(new int[] {1}, 1, Requests.terms("tenant " + i, "", 0));
            Sequence sequence = engine.sequence(request, new PooledState(EmbeddingService.Pooling.LAST, 1));
            queue.add(sequence);
            queue.remove(sequence);
            assertTrue(queue.tenants() <= 2, queue.tenants() + " tenants");
        }
    }

    @Test
    void withinATenantTheLowestPriorityValueComesFirst() throws Exception {
        Engine engine = engine(new PagedHashModel(64), ONE_AT_A_TIME, EngineMetrics.none(), clock);
        List<Transcript> transcripts = new ArrayList<>();
        for (int priority : new int[] {3, 0, Integer.MAX_VALUE, -2, 0, Integer.MIN_VALUE}) {
            transcripts.addAll(submit(engine, "alice", priority, 1, 3));
        }
        assertEquals(List.of(5, 3, 1, 4, 0, 2), orderOfEnds(engine, transcripts));
    }

    @Test
    void waitingMakesUpForPriority() throws Exception {
        Engine engine = engine(new PagedHashModel(64), ONE_AT_A_TIME, EngineMetrics.none(), clock);
        List<Transcript> transcripts = new ArrayList<>(submit(engine, "alice", 1, 1, 3));
        clock.pass(Duration.ofSeconds(59));
        transcripts.addAll(submit(engine, "alice", 0, 1, 3));
        clock.pass(Duration.ofSeconds(2));
        transcripts.addAll(submit(engine, "alice", 0, 1, 3));
        assertEquals(List.of(1, 0, 2), orderOfEnds(engine, transcripts));
    }

    @Test
    void aDeadlineEndsWhoWaitsAndWhoRuns() throws Exception {
        Engine engine = engine(new PagedHashModel(64), ONE_AT_A_TIME, EngineMetrics.none(), clock);
        Transcript running = deadline(engine, Duration.ofSeconds(3));
        Transcript waiting = deadline(engine, Duration.ofSeconds(2));
        Transcript patient = deadline(engine, Duration.ofSeconds(Long.MAX_VALUE));
        engine.runStep();
        engine.runStep();
        clock.pass(Duration.ofMillis(2500));
        engine.runStep();
        assertEquals(
                FailureKind.DEADLINE,
                assertInstanceOf(Failed.class, waiting.read().end()).kind());
        assertEquals(2, running.read().tokens().length);
        clock.pass(Duration.ofMillis(501));
        engine.runStep();
        assertEquals(
                FailureKind.DEADLINE,
                assertInstanceOf(Failed.class, running.read().end()).kind());
        runToEnd(engine);
        assertInstanceOf(Finished.class, patient.read().end());
    }

    private Transcript deadline(Engine engine, Duration deadline) throws EngineException {
        RequestTerms terms = new RequestTerms("alice", "", 0, Optional.of(deadline), true);
        return new Transcript(engine.submit(Requests.of(prompt(random, 20), 30, terms)));
    }

    private List<Transcript> submit(Engine engine, String tenant, int priority, int count, int tokens)
            throws EngineException {
        List<Transcript> transcripts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            transcripts.add(new Transcript(
                    engine.submit(Requests.of(prompt(random, 20), tokens, Requests.terms(tenant, "", priority)))));
        }
        return transcripts;
    }

    private static List<Integer> orderOfEnds(Engine engine, List<Transcript> transcripts) {
        List<Integer> order = new ArrayList<>();
        while (engine.runStep()) {
            for (int i = 0; i < transcripts.size(); i++) {
                if (!order.contains(i) && transcripts.get(i).read().hasEnded()) {
                    order.add(i);
                }
            }
        }
        return order;
    }

    private static int tokens(List<Transcript> transcripts) {
        return transcripts.stream().mapToInt(one -> one.read().tokens().length).sum();
    }
}
