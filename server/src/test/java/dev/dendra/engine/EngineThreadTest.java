// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.Finished;
import dev.dendra.kernels.ComputePool;
import dev.dendra.metrics.EngineMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine on its own thread, with many clients at once. */
@Timeout(60)
class EngineThreadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ComputePool POOL = new ComputePool(1);
    private static final EngineOptions OPTIONS = new EngineOptions(1024, 16, 48, 48, Duration.ofMinutes(1));

    @Test
    void clientsOn64ThreadsEachGetTheirOwnTokens() throws Exception {
        try (Engine engine =
                        Engine.start(new PagedHashModel(64), new RowKernels(), POOL, OPTIONS, EngineMetrics.none());
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> results = new ArrayList<>();
            for (int client = 0; client < 64; client++) {
                Random random = new Random(client);
                results.add(clients.submit(() -> {
                    for (int i = 0; i < 5; i++) {
                        int[] prompt =
                                random.ints(1 + random.nextInt(80), 0, 100).toArray();
                        Transcript transcript = new Transcript(engine.submit(Requests.greedy(prompt, 30)));
                        if (random.nextInt(5) == 0) {
                            transcript.generation().cancel();
                        }
                        int[] tokens = transcript.readToEnd(PATIENCE).tokens();
                        assertInstanceOf(Finished.class, transcript.end());
                        assertArrayEquals(PagedHashModel.greedy(prompt, tokens.length), tokens);
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
            assertTrue(engine.healthy());
            assertTrue(engine.drain(PATIENCE));
            assertEquals(0, engine.usedBlocks());
        }
    }

    @Test
    void aDrainedEngineHasFinishedEveryRequestItTook() throws Exception {
        try (Engine engine =
                Engine.start(new PagedHashModel(64), new RowKernels(), POOL, OPTIONS, EngineMetrics.none())) {
            List<Transcript> transcripts = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                transcripts.add(new Transcript(engine.submit(Requests.greedy(new int[] {i}, 20))));
            }
            assertTrue(engine.drain(PATIENCE));
            for (Transcript transcript : transcripts) {
                assertEquals(20, transcript.read().tokens().length);
            }
        }
    }

    @Test
    void anEngineThatFailsOutsideAStepGoesOn() throws Exception {
        EngineMetrics failingOnce = new FailingMetrics();
        try (Engine engine = Engine.start(new PagedHashModel(64), new RowKernels(), POOL, OPTIONS, failingOnce)) {
            Transcript first = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 20)));
            assertInstanceOf(
                    GenerationEvent.Failed.class, first.readToEnd(PATIENCE).end());
            Transcript second = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 20)));
            assertInstanceOf(Finished.class, second.readToEnd(PATIENCE).end());
        }
    }

    @Test
    void aClosedEngineIsNotHealthy() {
        Engine engine = Engine.start(new PagedHashModel(64), new RowKernels(), POOL, OPTIONS, EngineMetrics.none());
        assertTrue(engine.healthy());
        assertTrue(engine.sinceLastStep().compareTo(PATIENCE) < 0);
        engine.close();
        assertFalse(engine.healthy());
    }

    @Test
    void aStepLargerThanTheModelsIsRefused() {
        EngineOptions tooLarge = new EngineOptions(1, 1, 65, 65, Duration.ofMinutes(1));
        assertThrows(
                IllegalArgumentException.class,
                () -> Engine.start(new PagedHashModel(1), new RowKernels(), POOL, tooLarge, EngineMetrics.none()));
    }

    @Test
    void pollReturnsNullWhenNothingCame() throws Exception {
        assertNull(new Mailbox().poll(Duration.ofMillis(1)));
        assertNull(new Mailbox().poll(Duration.ZERO));
    }

    @Test
    void aReaderCanBeInterrupted() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> new Mailbox().poll(PATIENCE));
    }

    private static final class FailingMetrics implements EngineMetrics {
        private boolean failed;

        @Override
        public void gauges(DoubleSupplier running, DoubleSupplier waiting, DoubleSupplier kvCacheUsage) {}

        @Override
        public void step(int promptTokens, int decodedSequences, double seconds) {
            if (!failed) {
                failed = true;
                throw new IllegalStateException("injected");
            }
        }

        @Override
        public void read(int headPasses, long kvTokens) {}

        @Override
        public void queued(double seconds) {}

        @Override
        public void firstToken(double seconds) {}

        @Override
        public void interToken(double seconds) {}

        @Override
        public void prefixCache(int queriedTokens, int hitTokens) {}

        @Override
        public void preempted() {}

        @Override
        public void speculated(int guessed, int accepted) {}

        @Override
        public void evicted(int blocks) {}

        @Override
        public void finished(String reason, int promptTokens, int generatedTokens, double seconds) {}
    }
}
