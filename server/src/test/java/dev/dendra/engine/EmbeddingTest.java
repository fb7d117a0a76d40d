// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.EmbeddingService.Pooling;
import dev.dendra.engine.GenerationEvent.Failed;
import dev.dendra.engine.GenerationEvent.FailureKind;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.Finished;
import dev.dendra.kernels.StepRows;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.tensor.FloatMatrix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Texts that become vectors among sequences that generate, in the scheduler's steps. */
class EmbeddingTest extends SteppedEngineTest {
    private final Random random = new Random(31);

    @ParameterizedTest
    @EnumSource
    void isThePooledStatesOfLengthOne(Pooling pooling) throws Exception {
        Engine engine = engine(new PagedHashModel(64), OPTIONS);
        for (int length : new int[] {1, 2, 5, 6, 31, 32, 33, 48, 49, 200, 512}) {
            int[] text = prompt(random, length);
            Text embedded = submit(engine, text, pooling, RequestTerms.ANONYMOUS);
            runToEnd(engine);
            assertVector(text, pooling, embedded);
        }
    }

    @ParameterizedTest
    @EnumSource
    void chunksAndCompanyChangeNoBit(Pooling pooling) throws Exception {
        int[] text = prompt(random, 150);
        Engine alone = engine(new PagedHashModel(64), OPTIONS);
        Text expected = submit(alone, text, pooling, RequestTerms.ANONYMOUS);
        runToEnd(alone);
        for (int stepTokens : new int[] {1, 3, 7, 32, 64}) {
            Engine engine = engine(
                    new PagedHashModel(64), new EngineOptions(64, 1, stepTokens, stepTokens, Duration.ofMinutes(1)));
            Text embedded = submit(engine, text, pooling, RequestTerms.ANONYMOUS);
            runToEnd(engine);
            assertArrayEquals(expected.vector(), embedded.vector(), "steps of " + stepTokens);
        }
        Engine company = engine(new PagedHashModel(64), new EngineOptions(64, 8, 20, 5, Duration.ofMinutes(1)));
        List<int[]> prompts = new ArrayList<>();
        List<Transcript> others = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            prompts.add(prompt(random, 30 + i));
            others.add(new Transcript(company.submit(Requests.greedy(prompts.get(i), 40))));
        }
        company.runStep();
        Text embedded = submit(company, text, pooling, RequestTerms.ANONYMOUS);
        runToEnd(company);
        assertArrayEquals(expected.vector(), embedded.vector());
        for (int i = 0; i < 6; i++) {
            assertArrayEquals(
                    PagedHashModel.greedy(prompts.get(i), 40),
                    others.get(i).read().tokens());
        }
    }

    @Test
    void noLogitsAreComputedForIt() throws Exception {
        PagedHashModel model = new PagedHashModel(64) {
            @Override
            public FloatMatrix logits(int[] rows, int from, int to) {
                throw new AssertionError("nobody wants logits");
            }
        };
        Engine engine = engine(model, OPTIONS);
        int[] text = prompt(random, 100);
        Text embedded = submit(engine, text, Pooling.MEAN, RequestTerms.ANONYMOUS);
        runToEnd(engine);
        assertVector(text, Pooling.MEAN, embedded);
    }

    @Test
    void itNeitherTakesPrefixesFromTheCacheNorLeavesThem() throws Exception {
        CountingMetrics metrics = new CountingMetrics();
        PagedHashModel model = new PagedHashModel(64);
        Engine engine = engine(model, OPTIONS, metrics, System::nanoTime);
        int[] text = prompt(random, 130);
        var _ = engine.submit(Requests.greedy(text, 1));
        runToEnd(engine);
        int idle = engine.scheduler().blocks().unused()
                - engine.scheduler().blocks().free();
        assertEquals(4, idle);
        long before = model.rowsComputed();
        Text embedded = submit(engine, text, Pooling.MEAN, RequestTerms.ANONYMOUS);
        runToEnd(engine);
        assertVector(text, Pooling.MEAN, embedded);
        assertEquals(130, model.rowsComputed() - before);
        submit(engine, prompt(random, 130), Pooling.LAST, RequestTerms.ANONYMOUS);
        runToEnd(engine);
        assertEquals(
                idle,
                engine.scheduler().blocks().unused()
                        - engine.scheduler().blocks().free());
        assertEquals(0, engine.usedBlocks());
        assertEquals(130, metrics.queriedTokens, "what is not looked up is no miss");
    }

    @Test
    void onePreemptedIsComputedAgainFromItsBeginning() throws Exception {
        CountingMetrics metrics = new CountingMetrics();
        Engine engine = engine(
                new PagedHashModel(12),
                new EngineOptions(64, 8, 16, 4, Duration.ofMinutes(1)),
                metrics,
                System::nanoTime);
        int[] first = prompt(random, 60);
        Transcript older = new Transcript(engine.submit(Requests.greedy(first, 180)));
        while (older.read().tokens().length < 20) {
            engine.runStep();
        }
        int[] text = prompt(random, 250);
        Text embedded = submit(engine, text, Pooling.MEAN, RequestTerms.ANONYMOUS);
        runToEnd(engine);
        assertTrue(metrics.preemptions > 0, "nobody was pre-empted");
        assertVector(text, Pooling.MEAN, embedded);
        assertArrayEquals(PagedHashModel.greedy(first, 180), older.read().tokens());
    }

    @Test
    void cancellingAndDeadlinesEndItAtTheNextStep() throws Exception {
        ManualClock clock = new ManualClock();
        Engine engine = engine(new PagedHashModel(64), OPTIONS, EngineMetrics.none(), clock);
        Text cancelled = submit(engine, prompt(random, 300), Pooling.MEAN, RequestTerms.ANONYMOUS);
        engine.runStep();
        assertTrue(engine.usedBlocks() > 0);
        cancelled.sequence().mailbox().cancel();
        engine.runStep();
        assertEquals(0, engine.usedBlocks());
        assertEquals(
                FinishReason.CANCELLED,
                assertInstanceOf(Finished.class, cancelled.end()).reason());
        RequestTerms hurried = new RequestTerms("", "", 0, Optional.of(Duration.ofSeconds(1)), true);
        Text late = submit(engine, prompt(random, 300), Pooling.MEAN, hurried);
        engine.runStep();
        clock.pass(Duration.ofSeconds(2));
        engine.runStep();
        assertEquals(0, engine.usedBlocks());
        assertEquals(
                FailureKind.DEADLINE, assertInstanceOf(Failed.class, late.end()).kind());
    }

    @Test
    void anotherTenantsTextsDoNotHoldItUp() throws Exception {
        Engine engine = engine(new PagedHashModel(64), new EngineOptions(200, 2, 16, 16, Duration.ofMinutes(1)));
        List<Text> flood = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            flood.add(submit(engine, prompt(random, 40), Pooling.MEAN, Requests.terms("alice", "", 0)));
        }
        for (int i = 0; i < 10; i++) {
            engine.runStep();
        }
        Text late = submit(engine, prompt(random, 40), Pooling.MEAN, Requests.terms("bob", "", 0));
        while (!late.hasEnded()) {
            engine.runStep();
        }
        assertTrue(flood.stream().filter(Text::hasEnded).count() <= 10);
    }

    @Test
    void whatFailsFailsForOneTextAlone() throws Exception {
        PagedHashModel model = new PagedHashModel(64) {
            private int calls;

            @Override
            public FloatMatrix hiddenStates(int[] rows, int from, int to) {
                if (calls++ == 1) {
                    throw new OutOfMemoryError("injected");
                }
                return super.hiddenStates(rows, from, to);
            }
        };
        Engine engine = engine(model, OPTIONS);
        int[] text = prompt(random, 20);
        int[] good = prompt(random, 4);
        Text first = submit(engine, text, Pooling.MEAN, RequestTerms.ANONYMOUS);
        Text second = submit(engine, good, Pooling.MEAN, RequestTerms.ANONYMOUS);
        runToEnd(engine);
        assertEquals(
                Scheduler.INTERNAL_ERROR,
                assertInstanceOf(Failed.class, first.end()).message());
        assertVector(good, Pooling.MEAN, second);
    }

    @ParameterizedTest
    @EnumSource
    void statesWithoutADirectionAreAnErrorAndNoVector(Pooling pooling) throws Exception {
        for (float value : new float[] {0, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            PagedHashModel model = new PagedHashModel(64) {
                @Override
                public FloatMatrix hiddenStates(int[] rows, int from, int to) {
                    FloatMatrix states = super.hiddenStates(rows, from, to);
                    for (int i = 0; i < EMBEDDING; i++) {
                        states.set(to - from - 1, i, i == 0 ? value : 0);
                    }
                    return states;
                }
            };
            Engine engine = engine(model, OPTIONS);
            Text text = submit(engine, prompt(random, 1), pooling, RequestTerms.ANONYMOUS);
            runToEnd(engine);
            Failed end = assertInstanceOf(Failed.class, text.end());
            assertTrue(end.message().contains("no direction"), end.message());
        }
    }

    @Test
    void aForwardPassThatFailsFailsItsTexts() throws Exception {
        PagedHashModel model = new PagedHashModel(64) {
            @Override
            public void forward(StepRows rows, int count) {
                throw new IllegalStateException("injected");
            }
        };
        Engine engine = engine(model, OPTIONS);
        Text text = submit(engine, prompt(random, 5), Pooling.LAST, RequestTerms.ANONYMOUS);
        runToEnd(engine);
        assertInstanceOf(Failed.class, text.end());
    }

    private static Text submit(Engine engine, int[] tokens, Pooling pooling, RequestTerms terms)
            throws EngineException {
        Sequence sequence =
                new Embedder(engine, PagedHashModel.EMBEDDING).sequence(Embedder.request(tokens, terms), pooling);
        engine.enqueue(List.of(sequence));
        return new Text(sequence, new Transcript(sequence.mailbox()));
    }

    private static void assertVector(int[] tokens, Pooling pooling, Text text) {
        assertEquals(new Finished(FinishReason.LENGTH, tokens.length, 0, 0), text.end());
        float[] vector = text.vector();
        double[] expected = expected(tokens, pooling);
        double length = 0;
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], vector[i], 1e-6, tokens.length + " tokens, element " + i);
            length += (double) vector[i] * vector[i];
        }
        assertEquals(1, length, 1e-6);
    }

    /** The definition: the mean of the states, or the last, over its length. */
    static double[] expected(int[] tokens, Pooling pooling) {
        float[][] states = PagedHashModel.hiddenStates(tokens);
        float[][] used =
                pooling == Pooling.LAST ? Arrays.copyOfRange(states, states.length - 1, states.length) : states;
        double[] mean = new double[PagedHashModel.EMBEDDING];
        for (int i = 0; i < mean.length; i++) {
            for (float[] state : used) {
                mean[i] += (double) state[i] / used.length;
            }
        }
        double length = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
        return Arrays.stream(mean).map(x -> x / length).toArray();
    }

    /** A text in the engine. */
    private record Text(Sequence sequence, Transcript transcript) {
        float[] vector() {
            PooledState pooled = sequence.pooled();
            assertFalse(pooled == null);
            return pooled.vector();
        }

        boolean hasEnded() {
            return transcript.read().hasEnded();
        }

        GenerationEvent end() {
            return transcript.read().end();
        }
    }
}
