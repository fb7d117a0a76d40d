// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.StageProgress;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Drawn from a model whose probabilities the test writes down: they are those of a token given the one before it. */
class CorpusSamplerTest {
    private final Kernels kernels = KernelSelector.select("reference").kernels();

    @AfterEach
    void close() {
        kernels.close();
    }

    private CalibrationCorpus sample(Bigram model, CorpusShape shape, long seed) throws Exception {
        return new CorpusSampler(model, kernels, new CharacterTokenizer(false)).sample(shape, seed, StageProgress.NONE);
    }

    @Test
    void tokensHaveTheFrequenciesOfTheModel() throws Exception {
        // After anything: x with 0.6, y with 0.3, z with 0.1.
        Bigram model = new Bigram(4);
        for (int before = 0; before < model.vocabularySize(); before++) {
            model.set(before, 'x', 0.6).set(before, 'y', 0.3).set(before, 'z', 0.1);
        }
        CalibrationCorpus corpus = sample(model, new CorpusShape(10, 200), 1);
        int[] counts = new int[model.vocabularySize()];
        int drawn = 0;
        for (int i = 0; i < corpus.sequences().size(); i++) {
            int opening = Openings.ALL.get(i).length();
            for (int position = opening; position < 200; position++) {
                counts[corpus.sequences().get(i)[position]]++;
                drawn++;
            }
        }
        assertEquals(drawn, counts['x'] + counts['y'] + counts['z'], "nothing else has a probability");
        assertShare(0.6, counts['x'], drawn);
        assertShare(0.3, counts['y'], drawn);
        assertShare(0.1, counts['z'], drawn);
    }

    private static void assertShare(double probability, int count, int of) {
        double deviation = Math.sqrt(of * probability * (1 - probability));
        assertEquals(of * probability, count, 4 * deviation);
    }

    @Test
    void sequencesBeginInManyWaysAndSoDoesWhatFollowsAnEnd() throws Exception {
        Bigram model = new Bigram(3);
        for (int before = 0; before < model.vocabularySize(); before++) {
            model.set(before, CharacterTokenizer.END, 1);
        }
        CalibrationCorpus corpus = sample(model, new CorpusShape(3, 60), 1);
        for (int i = 0; i < 3; i++) {
            int[] first = Openings.ALL.get(i).chars().toArray();
            int[] second =
                    Openings.ALL.get((i + 13) % Openings.ALL.size()).chars().toArray();
            int[] tokens = corpus.sequences().get(i);
            assertArrayEquals(first, Arrays.copyOf(tokens, first.length));
            assertEquals(CharacterTokenizer.END, tokens[first.length]);
            int from = first.length + 1;
            int count = Math.min(second.length, tokens.length - from);
            assertArrayEquals(Arrays.copyOf(second, count), Arrays.copyOfRange(tokens, from, from + count));
        }
    }

    @Test
    void theSeedDecidesAndTheBatchDoesNot() throws Exception {
        CorpusShape shape = new CorpusShape(5, 50);
        String first = sample(uniform(4), shape, 1).sha256();
        assertEquals(first, sample(uniform(4), shape, 1).sha256());
        assertEquals(first, sample(uniform(2), shape, 1).sha256(), "in batches of two");
        assertFalse(first.equals(sample(uniform(4), shape, 2).sha256()), "another seed");
    }

    private static Bigram uniform(int rows) {
        Bigram model = new Bigram(rows);
        for (int before = 0; before < model.vocabularySize(); before++) {
            for (int token = 'a'; token <= 'z'; token++) {
                model.set(before, token, 1 / 26.0);
            }
        }
        return model;
    }

    @Test
    void aModelWithoutProbabilitiesIsRefused() {
        Bigram model = new Bigram(2);
        for (int before = 0; before < model.vocabularySize(); before++) {
            model.set(before, 'x', Double.NaN);
        }
        assertThrows(CalibrationException.class, () -> sample(model, new CorpusShape(1, 60), 1));
    }

    @Test
    void samplingStopsWhenItIsInterrupted() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> sample(uniform(2), new CorpusShape(2, 60), 1));
        assertFalse(Thread.interrupted(), "the exception says it");
    }

    @Test
    void progressEndsAtAllTokens() throws Exception {
        long[] last = new long[2];
        new CorpusSampler(uniform(2), kernels, new CharacterTokenizer(false))
                .sample(new CorpusShape(3, 50), 1, new StageProgress() {
                    @Override
                    public void started(String what, long total) {
                        last[0] = total;
                    }

                    @Override
                    public void advanced(long done) {
                        assertTrue(done > last[1], "it grows");
                        last[1] = done;
                    }

                    @Override
                    public void finished() {}
                });
        assertArrayEquals(new long[] {150, 150}, last);
    }

    /** Insists on positions that arrive in order and on KV blocks that no two sequences share. */
    private static final class Bigram implements LanguageModel {
        private static final int CONTEXT = 256;

        private final double[][] probabilities = new double[CharacterTokenizer.END + 1][CharacterTokenizer.END + 1];
        private final int rows;
        private final FloatMatrix logits;
        private final int[] before;
        private final int[] next;

        Bigram(int rows) {
            this.rows = rows;
            this.logits = FloatMatrix.allocate(Arena.ofAuto(), rows, vocabularySize());
            this.before = new int[rows];
            this.next = new int[kvBlocks()];
        }

        Bigram set(int token, int after, double probability) {
            probabilities[token][after] = probability;
            return this;
        }

        @Override
        public int vocabularySize() {
            return probabilities.length;
        }

        @Override
        public int contextLength() {
            return CONTEXT;
        }

        @Override
        public int maximumRows() {
            return rows;
        }

        @Override
        public int maximumLogitRows() {
            return rows;
        }

        @Override
        public int kvBlocks() {
            return rows * CONTEXT / KvLayout.BLOCK_TOKENS;
        }

        @Override
        public void forward(StepRows step, int count) {
            for (int row = 0; row < count; row++) {
                int position = step.position(row);
                int first = step.block(step.tableStart(row));
                if (position != 0 && position != next[first]) {
                    throw new AssertionError("position " + position + " after " + next[first]);
                }
                next[first] = position + 1;
                before[row] = step.token(row);
            }
        }

        @Override
        public FloatMatrix logits(int[] wanted, int from, int to) {
            for (int i = from; i < to; i++) {
                for (int token = 0; token < vocabularySize(); token++) {
                    double probability = probabilities[before[wanted[i]]][token];
                    logits.set(i - from, token, (float) Math.log(probability));
                }
            }
            return logits;
        }

        @Override
        public void close() {}
    }
}
