// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.StepRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Guessed tokens change how soon an answer comes, and nothing else. */
class SpeculationTest extends SteppedEngineTest {
    private static final EngineOptions OPTIONS = new EngineOptions(64, 8, 48, 0, Duration.ofMinutes(1));
    private static final RequestTerms ALONE = new RequestTerms("", "", 0, Optional.empty(), false);

    private long nanos;

    @Test
    void anAnswerThatRepeatsItselfTakesFewerSteps() throws Exception {
        CountingMetrics metrics = new CountingMetrics();
        GenerationRequest request = request(new int[] {9, 8}, 100, new Cycle(1, 2, 3, 4, 5, 6), true, 0);
        List<Transcript> transcripts = new ArrayList<>();
        int steps = run(64, metrics, List.of(request), transcripts);
        int[] tokens = transcripts.getFirst().tokens();
        for (int i = 0; i < 100; i++) {
            assertEquals(1 + i % 6, tokens[i]);
        }
        assertTrue(steps < 40, steps + " steps");
        assertEquals(100 - 1, steps - 1 + metrics.acceptedTokens, "a step brings one token and the guesses it accepts");
    }

    @Test
    void whoWantsNoGuessesGetsNone() throws Exception {
        CountingMetrics metrics = new CountingMetrics();
        run(64, metrics, List.of(request(new int[] {9}, 50, new Cycle(1, 2), false, 0)), new ArrayList<>());
        assertEquals(0, metrics.guessedTokens);
    }

    /** Greedy and sampled, with penalties, in company, with tiny caches: every answer is that without guesses. */
    @RepeatedTest(30)
    void answersAreTheSameWithAndWithoutGuesses(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        int blocks = 16 + random.nextInt(32);
        List<GenerationRequest> guessed = new ArrayList<>();
        List<GenerationRequest> plain = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int[] prompt = random.ints(1 + random.nextInt(80), 0, 4).toArray();
            TokenConstraint constraint =
                    random.nextInt(4) == 0 ? new Cycle(1, 2, 1, 3) : new Few(2 + random.nextInt(3));
            int count = 1 + random.nextInt(120);
            int seed = random.nextInt();
            guessed.add(request(prompt, count, constraint, true, seed));
            plain.add(request(prompt, count, constraint, false, seed));
        }
        CountingMetrics metrics = new CountingMetrics();
        List<Transcript> with = new ArrayList<>();
        List<Transcript> without = new ArrayList<>();
        run(blocks, metrics, guessed, with);
        run(blocks, new CountingMetrics(), plain, without);
        for (int i = 0; i < with.size(); i++) {
            assertArrayEquals(without.get(i).tokens(), with.get(i).tokens(), "request " + i);
            assertEquals(without.get(i).end(), with.get(i).end());
        }
        assertTrue(metrics.acceptedTokens > 0, "no guess was right");
        assertTrue(metrics.acceptedTokens < metrics.guessedTokens, "no guess was wrong");
    }

    private int run(int blocks, CountingMetrics metrics, List<GenerationRequest> requests, List<Transcript> transcripts)
            throws EngineException {
        Engine engine = engine(new TimedModel(blocks), OPTIONS, metrics, () -> nanos);
        for (GenerationRequest request : requests) {
            transcripts.add(new Transcript(engine.submit(request)));
        }
        int steps = 0;
        while (engine.runStep()) {
            checkBlocks(engine);
            steps++;
        }
        for (Transcript transcript : transcripts) {
            transcript.read();
        }
        return steps;
    }

    private static GenerationRequest request(
            int[] prompt, int count, TokenConstraint constraint, boolean speculation, int seed) {
        SamplingParameters sampling = seed % 2 == 0
                ? SamplingParameters.greedy()
                : new SamplingParameters(1, 0, 0.9f, 0, 1.1f, 0, 0, Map.of(), seed);
        return new GenerationRequest(
                "test",
                prompt,
                0,
                count,
                sampling,
                Set.of(),
                -1,
                false,
                constraint,
                speculation ? RequestTerms.ANONYMOUS : ALONE);
    }

    /** A step takes a millisecond, however many rows it has. */
    private final class TimedModel extends PagedHashModel {
        TimedModel(int kvBlocks) {
            super(kvBlocks);
        }

        @Override
        public void forward(StepRows rows, int count) {
            nanos += 1_000_000;
            super.forward(rows, count);
        }
    }

    /** The same tokens over and over. */
    private static final class Cycle implements TokenConstraint {
        private final int[] tokens;

        Cycle(int... tokens) {
            this.tokens = tokens;
        }

        @Override
        public State start() {
            return place(0);
        }

        private State place(int at) {
            return new Allowing(Set.of(tokens[at])) {
                @Override
                public State next(int token) {
                    assertTrue(allows(token));
                    return place((at + 1) % tokens.length);
                }
            };
        }
    }

    /** Any of the first few tokens. */
    private record Few(int count) implements TokenConstraint {
        @Override
        public State start() {
            Set<Integer> tokens = new HashSet<>();
            for (int token = 0; token < count; token++) {
                tokens.add(token);
            }
            return new Allowing(tokens) {
                @Override
                public State next(int token) {
                    assertTrue(allows(token));
                    return this;
                }
            };
        }
    }

    private abstract static class Allowing implements TokenConstraint.State {
        private final Set<Integer> tokens;

        Allowing(Set<Integer> tokens) {
            this.tokens = tokens;
        }

        @Override
        public boolean allows(int token) {
            return tokens.contains(token);
        }

        @Override
        public long[] allowed() {
            long[] bits = new long[2];
            tokens.forEach(token -> bits[token / 64] |= 1L << token % 64);
            return bits;
        }

        @Override
        public boolean mayEnd() {
            return false;
        }

        @Override
        public boolean mustEnd() {
            return false;
        }
    }
}
