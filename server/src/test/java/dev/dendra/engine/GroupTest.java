// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.dendra.engine.GenerationEvent.Failed;
import dev.dendra.engine.GenerationEvent.Finished;
import dev.dendra.tensor.FloatMatrix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several answers to one prompt, which is computed once. */
class GroupTest extends SteppedEngineTest {
    private static final int COUNT = 8;

    private final PagedHashModel model = new PagedHashModel(64);

    @ParameterizedTest
    @ValueSource(ints = {5, 64, 100, 200})
    void thePromptIsComputedOnceAndEachAnswerIsItsOwn(int length) throws Exception {
        Engine engine = engine(model, OPTIONS);
        List<GenerationRequest> requests = requests(prompt(new Random(1), length));
        List<Transcript> together = submit(engine, requests);
        int most = 0;
        while (engine.runStep()) {
            checkBlocks(engine);
            most = Math.max(most, engine.usedBlocks());
        }
        assertEquals(length + COUNT * 19, model.rowsComputed());
        // The last block of the prompt, unless it is full: one copy for each but one.
        assertEquals(length % 32 == 0 ? 0 : COUNT - 1, model.copies());
        assertEquals(length / 32 + COUNT * BlockPool.blocksFor(length % 32 + 19), most);
        for (int i = 0; i < COUNT; i++) {
            Engine alone = engine(new PagedHashModel(64), OPTIONS);
            Transcript expected = new Transcript(alone.submit(requests.get(i)));
            runToEnd(alone);
            assertEquals(expected.read().events(), together.get(i).read().events());
        }
    }

    @Test
    void aLeaderThatLeavesIsReplaced() throws Exception {
        Engine engine = engine(model, OPTIONS);
        int[] prompt = prompt(new Random(2), 200);
        List<GenerationRequest> requests = requests(prompt);
        List<Transcript> transcripts = submit(engine, requests);
        engine.runStep();
        engine.runStep();
        transcripts.getFirst().generation().cancel();
        runToEnd(engine);
        assertEquals(0, transcripts.getFirst().read().tokens().length);
        // What the leader had computed in two steps of 48 is found in the cache, as whole blocks.
        assertEquals(200 + (COUNT - 1) * 19, model.rowsComputed());
        for (Transcript transcript : transcripts.subList(1, COUNT)) {
            assertEquals(20, transcript.read().tokens().length);
        }
    }

    @Test
    void moreThanThereArePlacesFollowThroughTheCache() throws Exception {
        Engine engine = engine(model, new EngineOptions(64, 3, 48, 48, Duration.ofMinutes(1)));
        int[] prompt = prompt(new Random(3), 150);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            requests.add(Requests.greedy(prompt, 5));
        }
        List<Transcript> transcripts = submit(engine, requests);
        runToEnd(engine);
        for (Transcript transcript : transcripts) {
            assertArrayEquals(
                    PagedHashModel.greedy(prompt, 5), transcript.read().tokens());
        }
        // Three places: the second and the third group of three compute the 22 tokens after the last whole block.
        assertEquals(150 + 22 + 22 + COUNT * 4, model.rowsComputed());
    }

    @Test
    void scoresOfThePromptAreShared() throws Exception {
        Engine engine = engine(model, OPTIONS);
        int[] prompt = prompt(new Random(4), 70);
        List<Transcript> transcripts =
                submit(engine, List.of(Requests.scored(prompt, 0, 2), Requests.scored(prompt, 3, 2)));
        runToEnd(engine);
        assertEquals(70 + 2, model.rowsComputed());
        assertEquals(
                transcripts.get(0).read().events().getFirst(),
                transcripts.get(1).read().events().getFirst());
        assertArrayEquals(PagedHashModel.greedy(prompt, 3), transcripts.get(1).tokens());
    }

    @Test
    void differentPromptsOfAGroupAreComputedEach() throws Exception {
        Engine engine = engine(model, OPTIONS);
        int[] one = prompt(new Random(5), 10);
        int[] other = prompt(new Random(6), 10);
        List<Transcript> transcripts =
                submit(engine, List.of(Requests.greedy(one, 4), Requests.greedy(other, 4), Requests.greedy(one, 4)));
        runToEnd(engine);
        assertEquals(20 + 3 * 3, model.rowsComputed());
        assertArrayEquals(
                PagedHashModel.greedy(one, 4), transcripts.get(2).read().tokens());
        assertArrayEquals(
                PagedHashModel.greedy(other, 4), transcripts.get(1).read().tokens());
    }

    @Test
    void whatFailsForTheLeaderIsTriedAgainForTheOthers() throws Exception {
        PagedHashModel failingOnce = new PagedHashModel(16) {
            private boolean failed;

            @Override
            public FloatMatrix logits(int[] rows, int from, int to) {
                if (!failed) {
                    failed = true;
                    throw new IllegalStateException("injected");
                }
                return super.logits(rows, from, to);
            }
        };
        Engine engine = engine(failingOnce, OPTIONS);
        int[] prompt = prompt(new Random(7), 40);
        List<Transcript> transcripts = submit(
                engine, List.of(Requests.greedy(prompt, 4), Requests.greedy(prompt, 4), Requests.greedy(prompt, 4)));
        runToEnd(engine);
        assertInstanceOf(Failed.class, transcripts.get(0).read().end());
        assertArrayEquals(
                PagedHashModel.greedy(prompt, 4), transcripts.get(1).read().tokens());
        assertArrayEquals(
                PagedHashModel.greedy(prompt, 4), transcripts.get(2).read().tokens());
    }

    @Test
    void aCopyThatFailsEndsOneSequenceAlone() throws Exception {
        PagedHashModel failing = new PagedHashModel(16) {
            @Override
            public void copyKvBlock(int from, int to) {
                throw new IllegalStateException("injected");
            }
        };
        Engine engine = engine(failing, OPTIONS);
        int[] prompt = prompt(new Random(8), 40);
        List<Transcript> transcripts = submit(engine, List.of(Requests.greedy(prompt, 4), Requests.greedy(prompt, 4)));
        runToEnd(engine);
        int failed = transcripts.get(0).read().end() instanceof Failed ? 0 : 1;
        assertInstanceOf(Failed.class, transcripts.get(failed).read().end());
        assertInstanceOf(Finished.class, transcripts.get(1 - failed).read().end());
    }

    @Test
    void aGroupIsOfOneTenant() {
        Engine engine = engine(model, OPTIONS);
        List<GenerationRequest> requests = List.of(
                Requests.of(new int[] {1}, 1, Requests.terms("alice", "", 0)),
                Requests.of(new int[] {1}, 1, Requests.terms("bob", "", 0)));
        assertThrows(IllegalArgumentException.class, () -> engine.submit(requests));
    }

    /** As many draws of 20 tokens, each with a seed of its own. */
    private static List<GenerationRequest> requests(int[] prompt) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            SamplingParameters greedy = SamplingParameters.greedy();
            SamplingParameters drawn = new SamplingParameters(
                    1.5f,
                    greedy.topK(),
                    greedy.topP(),
                    greedy.minP(),
                    greedy.repetitionPenalty(),
                    greedy.frequencyPenalty(),
                    greedy.presencePenalty(),
                    greedy.logitBias(),
                    i);
            requests.add(GenerationRequest.plain("drawn", prompt, 20, drawn, Set.of()));
        }
        return requests;
    }

    private static List<Transcript> submit(Engine engine, List<GenerationRequest> requests) throws EngineException {
        return engine.submit(requests).stream().map(Transcript::new).toList();
    }
}
