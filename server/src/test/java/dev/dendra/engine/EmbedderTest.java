// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.EmbeddingService.Pooling;
import dev.dendra.engine.EngineException.Reason;
import dev.dendra.engine.GenerationEvent.FailureKind;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.StepRows;
import dev.dendra.metrics.EngineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests for vectors against an engine on its own thread. */
@Timeout(60)
class EmbedderTest {
    private static final ComputePool POOL = new ComputePool(1);
    private static final RequestTerms TERMS = RequestTerms.ANONYMOUS;

    private final CountDownLatch held = new CountDownLatch(1);
    private final Random random = new Random(5);

    private static void nobodyLeaves() {}

    /** Of a queue that has places for so many requests. */
    private static Engine engine(PagedHashModel model, int queue) {
        return Engine.start(
                model,
                new RowKernels(),
                POOL,
                new EngineOptions(queue, 4, 32, 32, Duration.ofMinutes(1)),
                EngineMetrics.none());
    }

    /** A model that computes nothing until the test lets it. */
    private PagedHashModel heldModel() {
        return new PagedHashModel(64) {
            @Override
            public void forward(StepRows rows, int count) {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                super.forward(rows, count);
            }
        };
    }

    private List<int[]> texts(int count) {
        List<int[]> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(random.ints(1 + random.nextInt(60), 0, PagedHashModel.VOCABULARY)
                    .toArray());
        }
        return texts;
    }

    @Test
    void moreTextsThanTheQueueHasPlacesAreAnsweredInOrder() throws Exception {
        try (Engine engine = engine(new PagedHashModel(64), 10);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            EmbeddingService service = engine.embeddings();
            assertEquals(PagedHashModel.EMBEDDING, service.dimensions());
            List<Future<?>> results = new ArrayList<>();
            List<int[]> texts = texts(150);
            for (Pooling pooling : Pooling.values()) {
                results.add(clients.submit(() -> {
                    check(texts, pooling, service.embed(texts, pooling, TERMS, EmbedderTest::nobodyLeaves));
                    return null;
                }));
                results.getLast().get();
            }
            assertTrue(engine.drain(Duration.ofSeconds(30)));
            assertEquals(0, engine.usedBlocks());
        }
    }

    private static void check(List<int[]> texts, Pooling pooling, List<Embedding> embeddings) {
        assertEquals(texts.size(), embeddings.size());
        for (int i = 0; i < texts.size(); i++) {
            double[] expected = EmbeddingTest.expected(texts.get(i), pooling);
            assertEquals(texts.get(i).length, embeddings.get(i).promptTokens());
            for (int element = 0; element < expected.length; element++) {
                assertEquals(expected[element], embeddings.get(i).vector()[element], 1e-6);
            }
        }
    }

    @Test
    void aRequestHasAFewOfItsTextsInTheEngineAtATime() throws Exception {
        CountingMetrics metrics = new CountingMetrics();
        EngineOptions options = new EngineOptions(200, 4, 32, 32, Duration.ofMinutes(1));
        try (Engine engine = Engine.start(heldModel(), new RowKernels(), POOL, options, metrics)) {
            RuntimeException gone = new IllegalStateException("gone");
            double[] inside = new double[1];
            Runnable watch = () -> {
                inside[0] = metrics.inTheEngine.getAsDouble();
                throw gone;
            };
            assertSame(
                    gone,
                    assertThrows(
                            IllegalStateException.class,
                            () -> engine.embeddings().embed(texts(100), Pooling.MEAN, TERMS, watch)));
            assertEquals(Embedder.AT_ONCE, inside[0]);
            held.countDown();
        }
    }

    @Test
    void whoNobodyWaitsForAnyMoreIsGivenUp() throws Exception {
        RuntimeException gone = new IllegalStateException("gone");
        PagedHashModel model = heldModel();
        try (Engine engine = engine(model, 100)) {
            assertSame(
                    gone,
                    assertThrows(
                            IllegalStateException.class,
                            () -> engine.embeddings().embed(texts(40), Pooling.MEAN, TERMS, () -> {
                                throw gone;
                            })));
            held.countDown();
            assertTrue(engine.drain(Duration.ofSeconds(30)));
            // One step may have been under way.
            assertTrue(model.rowsComputed() <= 32, model.rowsComputed() + " rows");
            assertEquals(0, engine.usedBlocks());
        }
    }

    @Test
    void anInterruptGivesAllUp() throws Exception {
        PagedHashModel model = heldModel();
        try (Engine engine = engine(model, 100);
                ExecutorService clients = Executors.newSingleThreadExecutor()) {
            CountDownLatch waits = new CountDownLatch(1);
            Future<?> client =
                    clients.submit(() -> engine.embeddings().embed(texts(200), Pooling.MEAN, TERMS, waits::countDown));
            assertTrue(waits.await(30, TimeUnit.SECONDS));
            // Its texts do not fill the queue.
            engine.submit(Requests.greedy(new int[] {1}, 1)).cancel();
            client.cancel(true);
            clients.shutdown();
            assertTrue(clients.awaitTermination(30, TimeUnit.SECONDS));
            held.countDown();
            assertTrue(engine.drain(Duration.ofSeconds(30)));
            assertTrue(model.rowsComputed() <= 32, model.rowsComputed() + " rows");
        }
    }

    @Test
    void aFullQueueRefusesIt() throws Exception {
        // An engine without its thread takes nobody out of the queue.
        Engine engine = new Engine(
                new PagedHashModel(64),
                new RowKernels(),
                POOL,
                new EngineOptions(1, 1, 32, 32, Duration.ofMinutes(1)),
                EngineMetrics.none());
        var _ = engine.submit(Requests.greedy(new int[] {1}, 1));
        assertEquals(
                Reason.QUEUE_FULL,
                assertThrows(
                                EngineException.class,
                                () -> engine.embeddings()
                                        .embed(texts(3), Pooling.MEAN, TERMS, EmbedderTest::nobodyLeaves))
                        .reason());
        engine.close();
    }

    @Test
    void textsThatCanNeverBeComputedAreRefusedBeforeAnyIs() throws Exception {
        PagedHashModel model = new PagedHashModel(4);
        try (Engine engine = engine(model, 100)) {
            EmbeddingService service = engine.embeddings();
            List<int[]> texts = texts(3);
            texts.add(new int[129]);
            assertEquals(
                    Reason.PROMPT_TOO_LONG,
                    assertThrows(
                                    EngineException.class,
                                    () -> service.embed(texts, Pooling.MEAN, TERMS, EmbedderTest::nobodyLeaves))
                            .reason());
            List<int[]> foreign = texts(3);
            foreign.add(new int[] {PagedHashModel.VOCABULARY});
            assertThrows(
                    IllegalArgumentException.class,
                    () -> service.embed(foreign, Pooling.MEAN, TERMS, EmbedderTest::nobodyLeaves));
            assertEquals(0, model.rowsComputed());
            // A text may fill the context: nothing comes after it.
            check(
                    List.of(new int[128]),
                    Pooling.MEAN,
                    service.embed(List.of(new int[128]), Pooling.MEAN, TERMS, EmbedderTest::nobodyLeaves));
        }
    }

    @Test
    void theDeadlineIsThatOfAllTextsTogether() throws Exception {
        PagedHashModel slow = new PagedHashModel(64) {
            @Override
            public void forward(StepRows rows, int count) {
                long until = System.nanoTime() + 20_000_000;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                super.forward(rows, count);
            }
        };
        try (Engine engine = engine(slow, 1000)) {
            RequestTerms hurried = new RequestTerms("", "", 0, Optional.of(Duration.ofMillis(1500)), true);
            assertEquals(
                    FailureKind.DEADLINE,
                    assertThrows(
                                    EmbeddingException.class,
                                    () -> engine.embeddings()
                                            .embed(texts(500), Pooling.MEAN, hurried, EmbedderTest::nobodyLeaves))
                            .kind());
        }
    }

    @Test
    void aClosedEngineTakesNoTexts() throws Exception {
        Engine engine = engine(new PagedHashModel(64), 100);
        engine.close();
        assertEquals(
                Reason.STOPPING,
                assertThrows(
                                EngineException.class,
                                () -> engine.embeddings()
                                        .embed(texts(1), Pooling.LAST, TERMS, EmbedderTest::nobodyLeaves))
                        .reason());
    }
}
