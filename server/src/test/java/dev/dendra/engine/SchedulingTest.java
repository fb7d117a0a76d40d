// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.Finished;
import dev.dendra.engine.GenerationEvent.PromptScored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences share steps without disturbing each other. */
class SchedulingTest extends SteppedEngineTest {

    @Test
    void aSequenceAloneContinuesWithTheModelsTokens() throws Exception {
        Engine engine = engine(new PagedHashModel(100), OPTIONS);
        int[] prompt = prompt(new Random(1), 70);
        Transcript transcript = new Transcript(engine.submit(Requests.greedy(prompt, 40)));
        runToEnd(engine);
        assertArrayEquals(PagedHashModel.greedy(prompt, 40), transcript.read().tokens());
        assertEquals(new Finished(FinishReason.LENGTH, 70, 40, 0), transcript.end());
    }

    @Test
    void aBatchOf32GetsWhatEachWouldGetAlone() throws Exception {
        Random random = new Random(2);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            requests.add(Requests.random(random, prompt(random, 1 + random.nextInt(90)), 1 + random.nextInt(40)));
        }
        List<int[]> alone = new ArrayList<>();
        for (GenerationRequest request : requests) {
            Engine engine = engine(new PagedHashModel(200), OPTIONS);
            Transcript transcript = new Transcript(engine.submit(request));
            runToEnd(engine);
            alone.add(transcript.read().tokens());
        }
        Engine engine = engine(new PagedHashModel(200), OPTIONS);
        List<Transcript> together = new ArrayList<>();
        for (GenerationRequest request : requests) {
            together.add(new Transcript(engine.submit(request)));
        }
        runToEnd(engine);
        for (int i = 0; i < 32; i++) {
            assertArrayEquals(alone.get(i), together.get(i).read().tokens(), "request " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 4, 5, 6, 7, 8})
    void sequencesThatJoinAndLeaveAtAnyStepAreNotDisturbed(long seed) throws Exception {
        Random random = new Random(seed);
        // Too few blocks for all at once, so that blocks are handed on while others use theirs.
        Engine engine = engine(new PagedHashModel(40), OPTIONS);
        Map<Transcript, int[]> prompts = new HashMap<>();
        List<Transcript> live = new ArrayList<>();
        for (int step = 0; step < 400; step++) {
            if (random.nextInt(4) == 0 && live.size() < 60) {
                int[] prompt = prompt(random, 1 + random.nextInt(120));
                Transcript transcript = new Transcript(engine.submit(Requests.greedy(prompt, 1 + random.nextInt(60))));
                prompts.put(transcript, prompt);
                live.add(transcript);
            }
            if (random.nextInt(12) == 0 && !live.isEmpty()) {
                live.get(random.nextInt(live.size())).generation().cancel();
            }
            engine.runStep();
            live.removeIf(transcript -> transcript.read().hasEnded());
        }
        runToEnd(engine);
        assertTrue(prompts.size() > 50);
        for (Map.Entry<Transcript, int[]> entry : prompts.entrySet()) {
            int[] tokens = entry.getKey().read().tokens();
            assertInstanceOf(Finished.class, entry.getKey().end());
            assertArrayEquals(PagedHashModel.greedy(entry.getValue(), tokens.length), tokens);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 31, 32, 33, 64})
    void chunksOfAPromptGiveWhatTheWholeGives(int stepTokens) throws Exception {
        Engine engine =
                engine(new PagedHashModel(100), new EngineOptions(4, 1, stepTokens, stepTokens, Duration.ofMinutes(1)));
        int[] prompt = prompt(new Random(9), 64);
        Transcript transcript = new Transcript(engine.submit(Requests.greedy(prompt, 5)));
        int steps = runToEnd(engine);
        assertEquals(Math.ceilDiv(64, stepTokens) + 4, steps);
        assertArrayEquals(PagedHashModel.greedy(prompt, 5), transcript.read().tokens());
    }

    @Test
    void whoDecodesGetsATokenAtEveryStepWhileALongPromptIsComputed() throws Exception {
        Engine engine = engine(new PagedHashModel(100), new EngineOptions(8, 4, 16, 16, Duration.ofMinutes(1)));
        Transcript first = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 60)));
        Transcript second = new Transcript(engine.submit(Requests.greedy(new int[] {2}, 60)));
        engine.runStep();
        Transcript longPrompt = new Transcript(engine.submit(Requests.greedy(prompt(new Random(10), 400), 1)));
        int steps = 1;
        while (!longPrompt.read().hasEnded()) {
            assertTrue(engine.runStep());
            steps++;
            assertEquals(steps, first.read().tokens().length);
            assertEquals(steps, second.read().tokens().length);
        }
        // 14 of the 16 rows of a step are left for the prompt.
        assertEquals(1 + Math.ceilDiv(400, 14), steps);
    }

    @Test
    void aCancelledSequenceFreesItsBlocksAtTheNextStep() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        Transcript running = new Transcript(engine.submit(Requests.greedy(prompt(new Random(11), 100), 200)));
        Transcript second = new Transcript(engine.submit(Requests.greedy(prompt(new Random(12), 300), 100)));
        engine.runStep();
        assertEquals(Math.ceilDiv(100, 32) + Math.ceilDiv(300, 32), engine.usedBlocks());
        running.generation().cancel();
        second.generation().cancel();
        assertFalse(engine.runStep(), "nothing is left to compute");
        assertEquals(0, engine.usedBlocks());
        assertEquals(
                new Finished(FinishReason.CANCELLED, 100, 0, 0), running.read().end());
        assertEquals(
                new Finished(FinishReason.CANCELLED, 300, 0, 0), second.read().end());
    }

    @Test
    void blocksOfACancelledSequenceServeTheNextInTheSameStep() throws Exception {
        Engine engine = engine(new PagedHashModel(4), OPTIONS);
        Transcript first = new Transcript(engine.submit(Requests.greedy(prompt(new Random(17), 65), 9)));
        Transcript second = new Transcript(engine.submit(Requests.greedy(prompt(new Random(18), 65), 9)));
        for (int i = 0; i < 3; i++) {
            engine.runStep();
        }
        first.generation().cancel();
        engine.runStep();
        engine.runStep();
        assertEquals(2, first.read().tokens().length);
        assertEquals(1, second.read().tokens().length);
    }

    @Test
    void generationGoesOnToTheEndOfTheContext() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(13), 500);
        Transcript transcript = new Transcript(engine.submit(Requests.greedy(prompt, Integer.MAX_VALUE)));
        runToEnd(engine);
        assertArrayEquals(PagedHashModel.greedy(prompt, 12), transcript.read().tokens());
        assertEquals(new Finished(FinishReason.LENGTH, 500, 12, 0), transcript.end());
    }

    @Test
    void aStopTokenIsReportedAndEndsTheGeneration() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = {5, 6, 7};
        int[] expected = PagedHashModel.greedy(prompt, 6);
        GenerationRequest request =
                GenerationRequest.plain("stop", prompt, 100, SamplingParameters.greedy(), Set.of(expected[5]));
        Transcript transcript = new Transcript(engine.submit(request));
        runToEnd(engine);
        int first = 0;
        while (expected[first] != expected[5]) {
            first++;
        }
        assertEquals(
                new Finished(FinishReason.STOP, 3, first + 1, 0),
                transcript.read().end());
        assertEquals(expected[5], transcript.tokens()[first]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33, 200})
    void aPromptIsScoredTokenByToken(int length) throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(14), length);
        Transcript only = new Transcript(engine.submit(Requests.scored(prompt, 0, 2)));
        Transcript more = new Transcript(engine.submit(Requests.scored(prompt, 3, 2)));
        runToEnd(engine);
        assertEquals(
                new Finished(FinishReason.LENGTH, length, 0, 0), only.read().end());
        assertArrayEquals(PagedHashModel.greedy(prompt, 3), more.read().tokens());
        PromptScored scored = assertInstanceOf(PromptScored.class, only.events().getFirst());
        assertEquals(scored, more.events().getFirst());
        assertEquals(length - 1, scored.entries().size());
        for (int i = 1; i < length; i++) {
            TokenLogprobs entry = scored.entries().get(i - 1);
            assertEquals(prompt[i], entry.token());
            assertEquals(PagedHashModel.logprob(prompt, i), entry.logprob(), 1e-5);
            assertEquals(2, entry.top().size());
        }
    }

    @Test
    void nothingComesAfterTheEnd() throws Exception {
        Engine engine = engine(new PagedHashModel(8), OPTIONS);
        Generation generation = engine.submit(Requests.greedy(new int[] {1}, 1));
        runToEnd(engine);
        generation.cancel();
        engine.runStep();
        assertInstanceOf(GenerationEvent.TokenGenerated.class, generation.poll(Duration.ZERO));
        assertInstanceOf(Finished.class, generation.poll(Duration.ZERO));
        assertNull(generation.poll(Duration.ZERO));
    }
}
