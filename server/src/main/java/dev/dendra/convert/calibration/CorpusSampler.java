// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import dev.dendra.convert.StageProgress;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Calibration tokens that the model itself draws, at temperature 1, so that no data set is needed: what it was trained on
 * speaks through it. Each sequence begins with one of {@link Openings}, and so does what follows an end of text.
 *
 * <p>The same model, kernels, shape and seed give the same tokens, whatever the number of threads.
 */
public final class CorpusSampler {
    /** Changes when the same seed would give other tokens. */
    public static final int VERSION = 1;

    /** Sequences that are drawn together. */
    private static final int BATCH = 32;

    private final LanguageModel model;
    private final Kernels kernels;
    private final Tokenizer tokenizer;

    /**
     * A sampler from a model.
     *
     * @param kernels of the model
     */
    public CorpusSampler(LanguageModel model, Kernels kernels, Tokenizer tokenizer) {
        this.model = model;
        this.kernels = kernels;
        this.tokenizer = tokenizer;
    }

    /** What a corpus of that shape and seed is called. */
    public static String describe(CorpusShape shape, long seed) {
        return "sampled, seed " + seed + ", " + shape + ", generator " + VERSION;
    }

    /** KV blocks with which a model draws sequences of that shape fastest. */
    public static int kvBlocks(CorpusShape shape) {
        return Math.min(BATCH, shape.sequences()) * blocks(shape);
    }

    /** Rows of the steps that {@link #sample} makes at the most. */
    public static int rows(CorpusShape shape) {
        return Math.min(BATCH, shape.sequences());
    }

    private static int blocks(CorpusShape shape) {
        return Math.ceilDiv(shape.length(), KvLayout.BLOCK_TOKENS);
    }

    /**
     * Draws sequences.
     *
     * @param progress counts tokens
     * @throws CalibrationException if the model gives no probabilities
     * @throws IllegalArgumentException if a sequence is longer than the model's context or KV cache
     * @throws InterruptedException if the thread is interrupted
     */
    public CalibrationCorpus sample(CorpusShape shape, long seed, StageProgress progress)
            throws CalibrationException, InterruptedException {
        int batch = Math.min(rows(shape), Math.min(model.maximumRows(), model.maximumLogitRows()));
        batch = Math.min(batch, model.kvBlocks() / blocks(shape));
        if (batch < 1 || shape.length() > model.contextLength()) {
            throw new IllegalArgumentException("sequences of " + shape.length() + " tokens in a context of "
                    + model.contextLength() + " and " + model.kvBlocks() + " KV blocks");
        }
        SplittableRandom seeds = new SplittableRandom(seed);
        List<SampledSequence> all = new ArrayList<>();
        for (int i = 0; i < shape.sequences(); i++) {
            all.add(new SampledSequence(i, shape.length(), tokenizer, seeds.split()));
        }
        progress.started("Sampling calibration text", shape.tokens());
        try {
            for (int from = 0; from < all.size(); from += batch) {
                List<SampledSequence> together = all.subList(from, Math.min(from + batch, all.size()));
                draw(together, shape, (long) from * shape.length(), progress);
            }
        } finally {
            progress.finished();
        }
        return new CalibrationCorpus(
                describe(shape, seed),
                shape,
                all.stream().map(SampledSequence::tokens).toList());
    }

    private void draw(List<SampledSequence> sequences, CorpusShape shape, long before, StageProgress progress)
            throws CalibrationException, InterruptedException {
        int count = sequences.size();
        int blocks = blocks(shape);
        int[] every = IntStream.range(0, count).toArray();
        float[] probabilities = new float[model.vocabularySize()];
        try (Arena arena = Arena.ofShared()) {
            StepRows rows = new StepRows(arena, count, count * blocks);
            for (int block = 0; block < count * blocks; block++) {
                rows.setBlock(block, block);
            }
            for (int position = 0; position + 1 < shape.length(); position++) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                for (int i = 0; i < count; i++) {
                    rows.setRow(i, sequences.get(i).tokens()[position], position, i * blocks);
                }
                model.forward(rows, count);
                FloatMatrix logits = model.logits(every, 0, count);
                for (int i = 0; i < count; i++) {
                    if (sequences.get(i).wantsToken(position + 1)) {
                        kernels.softmax(logits, i);
                        copyRow(logits, i, probabilities);
                        sequences.get(i).draw(position + 1, probabilities);
                    }
                }
                progress.advanced(before + (long) count * (position + 2));
            }
        }
    }

    private static void copyRow(FloatMatrix matrix, int row, float[] target) {
        MemorySegment.copy(
                matrix.segment(), ValueLayout.JAVA_FLOAT, matrix.offset(row, 0), target, 0, matrix.columns());
    }

    /** A sequence in the making: what is set already, by an opening, and what is to be drawn. */
    private static final class SampledSequence {
        private final int[] tokens;
        private final Tokenizer tokenizer;
        private final SplittableRandom random;
        private int opening;
        private int set;

        SampledSequence(int index, int length, Tokenizer tokenizer, SplittableRandom random) {
            this.tokens = new int[length];
            this.tokenizer = tokenizer;
            this.random = random;
            this.opening = index;
            open();
        }

        int[] tokens() {
            return tokens;
        }

        boolean wantsToken(int position) {
            return position >= set;
        }

        void draw(int position, float[] probabilities) throws CalibrationException {
            tokens[position] = drawn(probabilities);
            set = position + 1;
            if (tokenizer.endOfGeneration().contains(tokens[position])) {
                open();
            }
        }

        private int drawn(float[] probabilities) throws CalibrationException {
            double sum = 0;
            for (float probability : probabilities) {
                sum += probability;
            }
            if (!(sum > 0)) {
                throw new CalibrationException("the model's probabilities are not numbers; no text can be sampled");
            }
            double left = random.nextDouble() * sum;
            int last = 0;
            for (int token = 0; token < probabilities.length; token++) {
                left -= probabilities[token];
                if (probabilities[token] > 0) {
                    last = token;
                    if (left < 0) {
                        break;
                    }
                }
            }
            return last;
        }

        /** Sets the next tokens to those of the next opening, as far as there is room. */
        private void open() {
            int[] words =
                    tokenizer.encode(Openings.ALL.get(opening % Openings.ALL.size()), Tokenizer.SpecialTokens.AS_TEXT);
            // An odd step, so that a sequence goes through all of them.
            opening += 13;
            if (tokenizer.addsBeginOfSequence()) {
                int[] all = Arrays.copyOf(new int[] {tokenizer.beginOfSequence()}, 1 + words.length);
                System.arraycopy(words, 0, all, 1, words.length);
                words = all;
            }
            int count = Math.min(words.length, tokens.length - set);
            System.arraycopy(words, 0, tokens, set, count);
            set += count;
        }
    }
}
