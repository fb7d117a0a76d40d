// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.Finished;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What has been computed once is not computed again, and nobody gets what is not theirs. */
class PrefixCacheTest extends SteppedEngineTest {
    private static final RequestTerms ALICE = Requests.terms("alice", "", 0);

    private final CountingMetrics metrics = new CountingMetrics();

    @ParameterizedTest
    @CsvSource({"31,0", "32,31", "33,32", "63,32", "64,63", "65,64", "100,96"})
    void allButTheLastTokenOfAPromptIsReused(int length, int reused) throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS, metrics, System::nanoTime);
        int[] prompt = prompt(new Random(1), length);
        assertEquals(0, generate(engine, prompt, 5, ALICE));
        int computed = metrics.promptTokens;
        assertEquals(reused, generate(engine, prompt, 5, ALICE));
        assertEquals(length - reused, metrics.promptTokens - computed);
        assertEquals(2 * length, metrics.queriedTokens);
        assertEquals(reused, metrics.hitTokens);
    }

    @Test
    void theNextTurnOfAConversationReusesTheAnswer() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(2), 40);
        generate(engine, prompt, 60, ALICE);
        int[] next = concatenate(concatenate(prompt, PagedHashModel.greedy(prompt, 60)), prompt(new Random(3), 20));
        // The last generated token was never computed.
        assertEquals(96, generate(engine, next, 5, ALICE));
    }

    @Test
    void aDifferentBeginningSharesNothing() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(4), 100);
        generate(engine, prompt, 5, ALICE);
        int[] other = prompt.clone();
        other[0]++;
        assertEquals(0, generate(engine, other, 5, ALICE));
        int[] later = prompt.clone();
        later[40]++;
        assertEquals(32, generate(engine, later, 5, ALICE));
    }

    @Test
    void tenantsAndSaltsAreApart() throws Exception {
        Engine engine = engine(new PagedHashModel(64), OPTIONS);
        int[] prompt = prompt(new Random(5), 100);
        generate(engine, prompt, 5, ALICE);
        assertEquals(0, generate(engine, prompt, 5, Requests.terms("bob", "", 0)));
        assertEquals(0, generate(engine, prompt, 5, Requests.terms("alice", "salt", 0)));
        assertEquals(0, generate(engine, prompt, 5, Requests.terms("alices", "alt", 0)));
        assertEquals(96, generate(engine, prompt, 5, ALICE));
        assertEquals(96, generate(engine, prompt, 5, Requests.terms("alice", "salt", 9)));
    }

    @Test
    void aPromptThatIsScoredIsComputedWhole() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(6), 100);
        for (int i = 0; i < 2; i++) {
            Transcript scored = new Transcript(engine.submit(Requests.scored(prompt, 2, 0)));
            runToEnd(engine);
            assertEquals(
                    new Finished(FinishReason.LENGTH, 100, 2, 0), scored.read().end());
        }
        Transcript after = new Transcript(engine.submit(Requests.greedy(prompt, 2)));
        runToEnd(engine);
        assertEquals(new Finished(FinishReason.LENGTH, 100, 2, 96), after.read().end());
    }

    @Test
    void twoAtOnceUseTheSameBlocks() throws Exception {
        Engine engine = engine(new PagedHashModel(32), OPTIONS);
        int[] prompt = prompt(new Random(7), 200);
        generate(engine, prompt, 1, ALICE);
        Transcript first = new Transcript(engine.submit(Requests.of(prompt, 20, ALICE)));
        Transcript second = new Transcript(engine.submit(Requests.of(concatenate(prompt, prompt), 20, ALICE)));
        engine.runStep();
        // Six shared ones, then one for eight tokens, and seven for 208.
        assertEquals(6 + 1 + 7, engine.usedBlocks());
        runToEnd(engine);
        assertArrayEquals(PagedHashModel.greedy(prompt, 20), first.read().tokens());
        assertArrayEquals(
                PagedHashModel.greedy(concatenate(prompt, prompt), 20),
                second.read().tokens());
    }

    @Test
    void theLeastRecentlyUsedPrefixGoesFirst() throws Exception {
        Engine engine = engine(new PagedHashModel(9), OPTIONS, metrics, System::nanoTime);
        int[][] prompts = IntStream.range(0, 3)
                .mapToObj(i -> prompt(new Random(100 + i), 97))
                .toArray(int[][]::new);
        generate(engine, prompts[0], 1, ALICE);
        generate(engine, prompts[1], 1, ALICE);
        generate(engine, prompts[0], 1, ALICE);
        assertEquals(0, metrics.evictedBlocks);
        generate(engine, prompts[2], 1, ALICE);
        assertEquals(1, metrics.evictedBlocks);
        assertEquals(96, generate(engine, prompts[0], 1, ALICE));
        // Its end went, its beginning is still there.
        assertEquals(64, generate(engine, prompts[1], 1, ALICE));
    }

    @Test
    void aFloodOfOneTenantLeavesAnothersPartAlone() throws Exception {
        ManualClock clock = new ManualClock();
        Engine engine = engine(new PagedHashModel(20), OPTIONS, metrics, clock);
        int[] prompt = prompt(new Random(8), 300);
        generate(engine, prompt, 1, ALICE);
        Random random = new Random(9);
        RequestTerms mallory = Requests.terms("mallory", "", 0);
        for (int i = 0; i < 50; i++) {
            generate(engine, prompt(random, 1 + random.nextInt(300)), 1 + random.nextInt(30), mallory);
        }
        assertEquals(288, generate(engine, prompt, 1, ALICE));
        clock.pass(Duration.ofMinutes(11));
        for (int i = 0; i < 5; i++) {
            generate(engine, prompt(random, 400), 1, mallory);
        }
        assertEquals(0, generate(engine, prompt, 1, ALICE), "who is silent for long has no part any more");
    }

    /** Whoever reads the first token can tell, so usage is right however the answer ends. */
    @Test
    void whatWasCachedIsKnownWithTheFirstTokenAndAfterACancel() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(12), 100);
        generate(engine, prompt, 1, ALICE);
        Generation generation = engine.submit(Requests.of(prompt, 50, ALICE));
        assertEquals(0, generation.cachedTokens());
        Transcript transcript = new Transcript(generation);
        engine.runStep();
        assertEquals(1, transcript.read().tokens().length);
        assertEquals(96, generation.cachedTokens());
        generation.cancel();
        runToEnd(engine);
        assertEquals(96, generation.cachedTokens());
        Generation unseen = engine.submit(Requests.of(prompt, 50, ALICE));
        unseen.cancel();
        runToEnd(engine);
        assertEquals(0, unseen.cachedTokens());
    }

    @Test
    void allAnswersOfAGroupFoundAsMuch() throws Exception {
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        int[] prompt = prompt(new Random(13), 100);
        generate(engine, prompt, 1, ALICE);
        List<Generation> group = engine.submit(List.of(Requests.of(prompt, 5, ALICE), Requests.of(prompt, 5, ALICE)));
        engine.runStep();
        for (Generation generation : group) {
            assertEquals(96, generation.cachedTokens());
        }
        runToEnd(engine);
    }

    /** Generates greedily, compares with the model, and returns how many tokens came from the cache. */
    private static int generate(Engine engine, int[] prompt, int count, RequestTerms terms) throws Exception {
        Transcript transcript = new Transcript(engine.submit(Requests.of(prompt, count, terms)));
        while (engine.runStep()) {
            checkBlocks(engine);
        }
        assertArrayEquals(
                PagedHashModel.greedy(prompt, count), transcript.read().tokens());
        int cached = ((Finished) transcript.end()).cachedTokens();
        assertEquals(cached, transcript.generation().cachedTokens());
        return cached;
    }

    private static int[] concatenate(int[] one, int[] other) {
        int[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
