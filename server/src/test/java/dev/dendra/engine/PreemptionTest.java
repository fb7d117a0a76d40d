// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.Finished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When KV blocks run out, answers take longer and stay the same. */
class PreemptionTest extends SteppedEngineTest {
    private final CountingMetrics metrics = new CountingMetrics();

    @Test
    void theYoungestGivesWayAndComesBack() throws Exception {
        Engine engine = engine(new PagedHashModel(4), OPTIONS, metrics, System::nanoTime);
        int[] prompt = prompt(new Random(1), 33);
        int[] other = prompt(new Random(2), 33);
        Transcript first = new Transcript(engine.submit(Requests.greedy(prompt, 60)));
        Transcript second = new Transcript(engine.submit(Requests.greedy(other, 60)));
        while (engine.runStep()) {
            checkBlocks(engine);
            if (!first.read().hasEnded()) {
                assertFalse(second.read().hasEnded());
            }
        }
        assertEquals(1, metrics.preemptions);
        assertArrayEquals(PagedHashModel.greedy(prompt, 60), first.read().tokens());
        assertArrayEquals(PagedHashModel.greedy(other, 60), second.read().tokens());
    }

    @Test
    void theLeastUrgentGivesWayBeforeTheYoungest() throws Exception {
        Engine engine = engine(new PagedHashModel(6), OPTIONS, metrics, System::nanoTime);
        List<Transcript> transcripts = new ArrayList<>();
        for (int priority : new int[] {0, 5, 0}) {
            int[] prompt = prompt(new Random(10 + transcripts.size()), 33);
            transcripts.add(new Transcript(engine.submit(Requests.of(prompt, 40, Requests.terms("", "", priority)))));
        }
        List<Integer> order = new ArrayList<>();
        while (engine.runStep()) {
            for (int i = 0; i < 3; i++) {
                if (!order.contains(i) && transcripts.get(i).read().hasEnded()) {
                    order.add(i);
                }
            }
        }
        assertTrue(metrics.preemptions > 0);
        assertEquals(1, order.getLast());
    }

    static List<Long> seeds() {
        return new Random(20).longs(40).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everybodyGetsWhatTheyWouldGetAlone(long seed) throws Exception {
        Random random = new Random(seed);
        int blocks = 3 + random.nextInt(14);
        int sequences = 1 + random.nextInt(8);
        int stepTokens = sequences + random.nextInt(40);
        EngineOptions options =
                new EngineOptions(500, sequences, stepTokens, 1 + random.nextInt(stepTokens), Duration.ofMinutes(1));
        Engine engine = engine(new PagedHashModel(blocks), options, metrics, System::nanoTime);
        int[][] beginnings = {prompt(random, 32), prompt(random, 64), prompt(random, 40), {}};
        List<List<GenerationRequest>> groups = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            groups.add(group(random, beginnings, blocks * 32));
        }
        List<Transcript> transcripts = new ArrayList<>();
        List<GenerationRequest> requests = new ArrayList<>();
        int steps = 0;
        boolean computed = true;
        while (computed || !groups.isEmpty()) {
            if (!groups.isEmpty() && random.nextInt(3) == 0) {
                List<GenerationRequest> group = groups.removeLast();
                requests.addAll(group);
                engine.submit(group).forEach(generation -> transcripts.add(new Transcript(generation)));
            }
            if (!transcripts.isEmpty() && random.nextInt(60) == 0) {
                transcripts.get(random.nextInt(transcripts.size())).generation().cancel();
            }
            computed = engine.runStep();
            checkBlocks(engine);
            assertTrue(steps++ < 50_000, "the engine does not come to an end");
        }
        for (int i = 0; i < requests.size(); i++) {
            List<GenerationEvent> events = transcripts.get(i).read().events();
            Finished end = assertInstanceOf(Finished.class, transcripts.get(i).end(), "request " + i);
            List<GenerationEvent> alone = alone(requests.get(i), blocks);
            if (end.reason() == GenerationEvent.FinishReason.CANCELLED) {
                assertEquals(alone.subList(0, events.size() - 1), events.subList(0, events.size() - 1));
            } else {
                assertEquals(alone.subList(0, alone.size() - 1), events.subList(0, events.size() - 1));
                assertEquals(((Finished) alone.getLast()).reason(), end.reason());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void everySequenceComesToItsEndHoweverSmallTheCache(int blocks) throws Exception {
        Engine engine = engine(new PagedHashModel(blocks), OPTIONS, metrics, System::nanoTime);
        List<Transcript> transcripts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            RequestTerms terms = Requests.terms("tenant " + i % 3, "", 0);
            int[] prompt = prompt(new Random(i), 1 + i);
            transcripts.add(new Transcript(engine.submit(Requests.of(prompt, Integer.MAX_VALUE, terms))));
        }
        runToEnd(engine);
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    blocks * 32, 1 + i + transcripts.get(i).read().tokens().length, "the whole cache is one's context");
        }
    }

    private static List<GenerationRequest> group(Random random, int[][] beginnings, int context) {
        RequestTerms terms = Requests.terms("tenant " + random.nextInt(3), random.nextBoolean() ? "" : "salt", 0);
        int[] beginning = beginnings[random.nextInt(beginnings.length)];
        int[] end = prompt(random, 1 + random.nextInt(40));
        int[] prompt = Arrays.copyOf(beginning, Math.min(beginning.length + end.length, context - 1));
        for (int i = beginning.length; i < prompt.length; i++) {
            prompt[i] = end[i - beginning.length];
        }
        List<GenerationRequest> group = new ArrayList<>();
        int count = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
        for (int i = 0; i < count; i++) {
            int[] own = random.nextInt(8) == 0 ? prompt(random, 5) : prompt;
            group.add(Requests.with(Requests.random(random, own, random.nextInt(60)), terms));
        }
        return group;
    }

    /** What a request is answered by an engine of its own. */
    private List<GenerationEvent> alone(GenerationRequest request, int blocks) throws Exception {
        Engine engine = engine(new PagedHashModel(blocks), OPTIONS);
        Transcript transcript = new Transcript(engine.submit(request));
        runToEnd(engine);
        return transcript.read().events();
    }
}
