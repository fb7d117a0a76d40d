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
import dev.dendra.model.BigramModel;
import dev.dendra.model.LanguageModel;
import dev.dendra.tokenizer.ByteTokenizer;
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

    /** A model that answers as many rows at once, and gives the same probabilities to tokens after any other. */
    private static BigramModel afterAnything(int rows, double... next) {
        double[][] probabilities = new double[ByteTokenizer.SIZE][];
        Arrays.fill(probabilities, next);
        return new BigramModel(probabilities, 256, rows, rows);
    }

    private CalibrationCorpus sample(LanguageModel model, CorpusShape shape, long seed) throws Exception {
        return new CorpusSampler(model, kernels, new ByteTokenizer(false)).sample(shape, seed, StageProgress.NONE);
    }

    @Test
    void tokensHaveTheFrequenciesOfTheModel() throws Exception {
        double[] next = new double[ByteTokenizer.SIZE];
        next['x'] = 0.6;
        next['y'] = 0.3;
        next['z'] = 0.1;
        CalibrationCorpus corpus = sample(afterAnything(4, next), new CorpusShape(10, 200), 1);
        int[] counts = new int[ByteTokenizer.SIZE];
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
        double[] next = new double[ByteTokenizer.SIZE];
        next[ByteTokenizer.END] = 1;
        CalibrationCorpus corpus = sample(afterAnything(3, next), new CorpusShape(3, 60), 1);
        for (int i = 0; i < 3; i++) {
            int[] first = Openings.ALL.get(i).chars().toArray();
            int[] second =
                    Openings.ALL.get((i + 13) % Openings.ALL.size()).chars().toArray();
            int[] tokens = corpus.sequences().get(i);
            assertArrayEquals(first, Arrays.copyOf(tokens, first.length));
            assertEquals(ByteTokenizer.END, tokens[first.length]);
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

    private static BigramModel uniform(int rows) {
        double[] next = new double[ByteTokenizer.SIZE];
        Arrays.fill(next, 'a', 'z' + 1, 1 / 26.0);
        return afterAnything(rows, next);
    }

    @Test
    void aModelWithoutProbabilitiesIsRefused() {
        double[] next = new double[ByteTokenizer.SIZE];
        next['x'] = Double.NaN;
        assertThrows(CalibrationException.class, () -> sample(afterAnything(2, next), new CorpusShape(1, 60), 1));
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
        new CorpusSampler(uniform(2), kernels, new ByteTokenizer(false))
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
}
