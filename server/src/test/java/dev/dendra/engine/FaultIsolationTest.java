// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.Failed;
import dev.dendra.engine.GenerationEvent.Finished;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What breaks for one request stays with it. */
class FaultIsolationTest extends SteppedEngineTest {
    @Test
    void aForwardPassThatThrowsEndsItsStepAlone() throws Exception {
        PagedHashModel model = new PagedHashModel(32) {
            @Override
            public void forward(StepRows rows, int count) {
                for (int row = 0; row < count; row++) {
                    if (rows.token(row) == 100) {
                        throw new OutOfMemoryError("injected");
                    }
                }
                super.forward(rows, count);
            }
        };
        Engine engine = engine(model, new EngineOptions(8, 4, 16, 16, Duration.ofMinutes(1)));
        Transcript broken = new Transcript(engine.submit(Requests.greedy(new int[] {100}, 5)));
        Transcript beside = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 5)));
        assertTrue(engine.runStep());
        assertInstanceOf(Failed.class, broken.read().end());
        assertInstanceOf(Failed.class, beside.read().end());
        assertEquals(0, engine.usedBlocks());
        Transcript after = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 5)));
        runToEnd(engine);
        assertInstanceOf(Finished.class, after.read().end());
        assertFalse(((Failed) broken.end()).message().contains("injected"), "internals are for the log");
    }

    @Test
    void whatFailsForOneSequenceLeavesTheOthersTokensAlone() throws Exception {
        PagedHashModel model = new PagedHashModel(64) {
            private StepRows step = new StepRows(Arena.ofAuto(), 1, 1);

            @Override
            public void forward(StepRows rows, int count) {
                step = rows;
                super.forward(rows, count);
            }

            @Override
            public FloatMatrix logits(int[] rows, int from, int to) {
                FloatMatrix logits = super.logits(rows, from, to);
                for (int i = from; i < to; i++) {
                    if (step.position(rows[i]) == 19) {
                        for (int token = 0; token < VOCABULARY; token++) {
                            logits.set(i - from, token, Float.NaN);
                        }
                    }
                }
                return logits;
            }
        };
        Engine engine = engine(model, OPTIONS);
        List<Transcript> healthy = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            healthy.add(new Transcript(engine.submit(Requests.greedy(new int[] {i}, 19))));
        }
        Transcript broken = new Transcript(engine.submit(Requests.greedy(prompt(new Random(15), 10), 20)));
        runToEnd(engine);
        for (int i = 0; i < 6; i++) {
            assertArrayEquals(
                    PagedHashModel.greedy(new int[] {i}, 19),
                    healthy.get(i).read().tokens());
        }
        assertEquals(10, broken.read().tokens().length);
        Failed failed = assertInstanceOf(Failed.class, broken.end());
        assertTrue(failed.message().contains("NaN"), failed.message());
    }

    /** Any token, until there are {@code last}; then where the next leads cannot be said, or what it may be. */
    private record Exhausting(int last, boolean asked) implements TokenConstraint {
        @Override
        public State start() {
            return place(0);
        }

        private State place(int read) {
            return new State() {
                @Override
                public boolean allows(int token) {
                    return true;
                }

                @Override
                public long[] allowed() {
                    if (asked && read == last) {
                        throw new ConstraintLimitException("it is too ambiguous");
                    }
                    return new long[] {-1, -1, -1, -1, -1};
                }

                @Override
                public State next(int token) {
                    if (!asked && read == last) {
                        throw new ConstraintLimitException("it is too ambiguous");
                    }
                    return place(read + 1);
                }

                @Override
                public boolean mayEnd() {
                    return false;
                }

                @Override
                public boolean mustEnd() {
                    return false;
                }
            };
        }
    }

    @Test
    void aConstraintThatTakesTooManyOperationsEndsItsSequenceAlone() throws Exception {
        Engine engine = engine(new PagedHashModel(64), OPTIONS);
        List<Transcript> healthy = new ArrayList<>();
        List<Transcript> broken = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            healthy.add(new Transcript(engine.submit(Requests.greedy(new int[] {i}, 19))));
            GenerationRequest greedy = Requests.greedy(new int[] {i}, 19);
            broken.add(new Transcript(engine.submit(new GenerationRequest(
                    greedy.id(),
                    greedy.promptTokens(),
                    0,
                    19,
                    greedy.sampling(),
                    greedy.stopTokens(),
                    -1,
                    false,
                    new Exhausting(i, i % 2 == 0),
                    greedy.terms()))));
        }
        runToEnd(engine);
        for (int i = 0; i < 4; i++) {
            int[] expected = PagedHashModel.greedy(new int[] {i}, 19);
            assertArrayEquals(expected, healthy.get(i).read().tokens());
            assertArrayEquals(Arrays.copyOf(expected, i), broken.get(i).read().tokens());
            Failed failed = assertInstanceOf(Failed.class, broken.get(i).end());
            assertEquals(GenerationEvent.FailureKind.CONSTRAINT, failed.kind());
            assertEquals("it is too ambiguous", failed.message());
        }
    }

    @Test
    void logitsThatThrowEndTheSequencesOfTheirBatchAlone() throws Exception {
        PagedHashModel model = new PagedHashModel(64) {
            @Override
            public FloatMatrix logits(int[] rows, int from, int to) {
                if (from == 5) {
                    throw new IllegalStateException("injected");
                }
                return super.logits(rows, from, to);
            }
        };
        Engine engine = engine(model, OPTIONS);
        List<Transcript> transcripts = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            transcripts.add(new Transcript(engine.submit(Requests.greedy(new int[] {i}, 4))));
        }
        runToEnd(engine);
        for (int i = 0; i < 5; i++) {
            assertArrayEquals(
                    PagedHashModel.greedy(new int[] {i}, 4),
                    transcripts.get(i).read().tokens());
        }
        assertInstanceOf(Failed.class, transcripts.get(5).read().end());
        assertInstanceOf(Failed.class, transcripts.get(6).read().end());
    }

    @Test
    void aSequenceThatFailedSaysNoMore() throws Exception {
        PagedHashModel model = new PagedHashModel(64) {
            @Override
            public FloatMatrix logits(int[] rows, int from, int to) {
                if (from == 0) {
                    throw new IllegalStateException("injected");
                }
                return super.logits(rows, from, to);
            }
        };
        Engine engine = engine(model, OPTIONS);
        // Three batches of logits, of which the first fails.
        Transcript scored = new Transcript(engine.submit(Requests.scored(prompt(new Random(16), 12), 3, 1)));
        runToEnd(engine);
        assertEquals(1, scored.read().events().size());
        assertInstanceOf(Failed.class, scored.end());
    }
}
