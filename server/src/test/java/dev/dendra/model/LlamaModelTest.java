// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.ModelFormatException;
import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A seeded model of every part that the architecture has, against {@link PlainLlama}. */
class LlamaModelTest {
    private static final int BLOCKS = 24;
    private static final int TABLE = 3;
    private static final double TOLERANCE = 2e-4;

    private final Arena arena = Arena.ofShared();
    private final ComputePool pool = new ComputePool(2);
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        pool.close();
        arena.close();
    }

    private LlamaModel load(TinyModel tiny, String kernelName, Activations activations) throws ModelFormatException {
        return load(tiny, Encoding.F32, kernelName, activations);
    }

    private LlamaModel load(TinyModel tiny, Encoding encoding, String kernelName, Activations activations)
            throws ModelFormatException {
        return load(tiny, encoding, kernelName, activations, KvType.F32);
    }

    private LlamaModel load(
            TinyModel tiny, Encoding encoding, String kernelName, Activations activations, KvType kvType)
            throws ModelFormatException {
        Kernels kernels = TestKernels.of(kernelName);
        LlamaModel model = LlamaModel.load(
                tiny.pack(arena, encoding),
                kernels,
                pool,
                new ModelOptions(0, 64, KvCacheOptions.ofBlocks(kvType, BLOCKS), activations, WeightPlacement.AUTO));
        open.add(model);
        open.add(kernels);
        return model;
    }

    private static int[] tokens(long seed, int length) {
        return new SplittableRandom(seed).ints(length, 0, TinyModel.VOCABULARY).toArray();
    }

    /** Logits after each token, computed in chunks, with the sequence's blocks from {@code table}. */
    private float[][] run(LlamaModel model, int[] tokens, int[] table, int... chunks) {
        StepRows rows = new StepRows(arena, 64, TABLE);
        for (int i = 0; i < table.length; i++) {
            rows.setBlock(i, table[i]);
        }
        float[][] logits = new float[tokens.length][];
        int position = 0;
        for (int chunk : chunks) {
            for (int i = 0; i < chunk; i++) {
                rows.setRow(i, tokens[position + i], position + i, 0);
            }
            model.forward(rows, chunk);
            for (int i = 0; i < chunk; i++) {
                logits[position + i] = row(model.logits(new int[] {i}, 0, 1), 0);
            }
            position += chunk;
        }
        return logits;
    }

    private static float[] row(FloatMatrix matrix, int row) {
        float[] values = new float[matrix.columns()];
        for (int i = 0; i < values.length; i++) {
            values[i] = matrix.get(row, i);
        }
        return values;
    }

    private static void assertClose(double[][] expected, float[][] actual) {
        for (int t = 0; t < expected.length; t++) {
            for (int n = 0; n < expected[t].length; n++) {
                assertEquals(expected[t][n], actual[t][n], TOLERANCE, "position " + t + ", token " + n);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "vector", "native"})
    void computesWhatThePapersSay(String kernels) throws ModelFormatException {
        TinyModel tiny = new TinyModel(1);
        int[] tokens = tokens(2, 60);
        double[][] expected = new PlainLlama(tiny, PlainLlama.unscaledFrequencies(10_000)).logits(tokens);
        assertClose(
                expected,
                run(load(tiny, kernels, Activations.always(ActivationPrecision.F32)), tokens, new int[] {7, 3}, 60));
    }

    @Test
    void biasesAndAHeadOfItsOwnCount() throws ModelFormatException {
        TinyModel tiny = new TinyModel(3);
        tiny.matrix("output.weight", TinyModel.VOCABULARY, TinyModel.EMBEDDING);
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            tiny.vector("blk." + layer + ".attn_q.bias", TinyModel.HEADS * TinyModel.HEAD_DIMENSION);
            tiny.vector("blk." + layer + ".attn_k.bias", TinyModel.KV_HEADS * TinyModel.HEAD_DIMENSION);
            tiny.vector("blk." + layer + ".attn_v.bias", TinyModel.KV_HEADS * TinyModel.HEAD_DIMENSION);
            tiny.vector("blk." + layer + ".attn_output.bias", TinyModel.EMBEDDING);
        }
        int[] tokens = tokens(4, 20);
        double[][] expected = new PlainLlama(tiny, PlainLlama.unscaledFrequencies(10_000)).logits(tokens);
        assertClose(
                expected,
                run(load(tiny, "vector", Activations.always(ActivationPrecision.F32)), tokens, new int[] {0}, 20));
    }

    @Test
    void ropeFactorsOfTheFileDivideFrequencies() throws ModelFormatException {
        TinyModel tiny = new TinyModel(5);
        tiny.vectors().put("rope_freqs.weight", new float[] {1, 2, 4, 8});
        tiny.metadata().put("llama.rope.scaling.type", "linear");
        tiny.metadata().put("llama.rope.scaling.factor", 2.0);
        double[] frequencies = PlainLlama.unscaledFrequencies(10_000);
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= 2 << i;
        }
        int[] tokens = tokens(6, 40);
        double[][] expected = new PlainLlama(tiny, frequencies).logits(tokens);
        assertClose(
                expected,
                run(load(tiny, "vector", Activations.always(ActivationPrecision.F32)), tokens, new int[] {1, 2}, 40));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "vector", "native"})
    void chunksAndScatteredBlocksChangeNoBit(String kernels) throws ModelFormatException {
        LlamaModel model = load(new TinyModel(7), kernels, Activations.always(ActivationPrecision.F32));
        int[] tokens = tokens(8, 60);
        float[][] whole = run(model, tokens, new int[] {0, 1}, 60);
        assertArrayEquals(whole, run(model, tokens, new int[] {23, 5}, 1, 31, 1, 1, 26));
        int[] single = new int[60];
        Arrays.fill(single, 1);
        assertArrayEquals(whole, run(model, tokens, new int[] {9, 8}, single));
    }

    /** Decoding a long sequence shares its spans between threads, computing it as a prompt does not. */
    @ParameterizedTest
    @CsvSource({"reference, 2", "vector, 1", "vector, 2", "vector, 3", "native, 1", "native, 2", "native, 3"})
    void aLongSequenceIsTheSameHoweverItsSpansAreShared(String kernelName, int threads) throws ModelFormatException {
        int length = 2 * AttentionSpans.TOKENS + 10;
        TinyModel tiny = new TinyModel(22);
        tiny.metadata().put("llama.context_length", 2048L);
        Kernels kernels = TestKernels.of(kernelName);
        open.add(kernels);
        int blocks = length / KvLayout.BLOCK_TOKENS + 1;
        int[] tokens = tokens(23, length);
        try (ComputePool threadsOfTest = new ComputePool(threads);
                LlamaModel model = LlamaModel.load(
                        tiny.pack(arena, Encoding.F32),
                        kernels,
                        threadsOfTest,
                        new ModelOptions(
                                0,
                                64,
                                KvCacheOptions.ofBlocks(KvType.F32, blocks),
                                Activations.always(ActivationPrecision.F32),
                                WeightPlacement.AUTO))) {
            StepRows rows = new StepRows(arena, 64, blocks);
            for (int block = 0; block < blocks; block++) {
                rows.setBlock(block, blocks - 1 - block);
            }
            float[][] prompt = new float[20][];
            for (int from = 0; from < length; ) {
                int chunk = Math.min(length - from, from < length - 20 ? Math.min(64, length - 20 - from) : 20);
                for (int i = 0; i < chunk; i++) {
                    rows.setRow(i, tokens[from + i], from + i, 0);
                }
                model.forward(rows, chunk);
                from += chunk;
            }
            for (int i = 0; i < 20; i++) {
                prompt[i] = row(model.logits(new int[] {i}, 0, 1), 0);
            }
            for (int i = 0; i < 20; i++) {
                rows.setRow(0, tokens[length - 20 + i], length - 20 + i, 0);
                model.forward(rows, 1);
                assertArrayEquals(prompt[i], row(model.logits(new int[] {0}, 0, 1), 0), "row " + i);
            }
        }
    }

    /** A prompt of many rows is computed in the one precision, a token after it in the other. */
    @Test
    void thePrecisionFollowsTheRowsOfTheStep() throws ModelFormatException {
        int[] tokens = tokens(15, 40);
        TinyModel tiny = new TinyModel(16);
        Activations both = new Activations(ActivationPrecision.F32, ActivationPrecision.I8, 8);
        Activations single = Activations.always(ActivationPrecision.F32);
        float[][] mixed = run(load(tiny, Encoding.I8G32, "vector", both), tokens, new int[] {0, 1}, 4, 36);
        float[][] f32 = run(load(tiny, Encoding.I8G32, "vector", single), tokens, new int[] {0, 1}, 4, 36);
        for (int position = 0; position < 4; position++) {
            assertArrayEquals(f32[position], mixed[position]);
        }
        assertFalse(Arrays.equals(f32[39], mixed[39]));
    }

    @Test
    void aCopiedBlockHoldsWhatTheOriginalHeldInEveryLayer() throws ModelFormatException {
        LlamaModel model = load(new TinyModel(18), "vector", Activations.always(ActivationPrecision.F32));
        int[] tokens = tokens(19, 60);
        float[][] expected = run(model, tokens, new int[] {0, 1}, 40, 20);
        run(model, Arrays.copyOf(tokens, 40), new int[] {2, 3}, 40);
        model.copyKvBlock(3, 1);
        run(model, tokens(20, 32), new int[] {3}, 32);
        StepRows rows = new StepRows(arena, 64, TABLE);
        rows.setBlock(0, 2);
        rows.setBlock(1, 1);
        for (int i = 0; i < 20; i++) {
            rows.setRow(i, tokens[40 + i], 40 + i, 0);
        }
        model.forward(rows, 20);
        for (int i = 0; i < 20; i++) {
            assertArrayEquals(expected[40 + i], row(model.logits(new int[] {i}, 0, 1), 0));
        }
    }

    @Test
    void aPrecisionThatTheKernelsLackIsRefusedByName() {
        UnsupportedOperationException refusal = assertThrows(
                UnsupportedOperationException.class,
                () -> load(new TinyModel(17), "vector", Activations.always(ActivationPrecision.BF16)));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("vector") && message.contains("bf16"), message);
    }

    @ParameterizedTest
    @CsvSource({
        "vector, F32, F32",
        "vector, I8, I8G32",
        "vector, I8, I8",
        "native, F32, F32",
        "native, BF16, I8",
        "native, I16, I8G32",
        "native, I8, I8G32",
        "native, I8, I8"
    })
    void aSequenceInABatchIsWhatItIsAlone(String kernels, ActivationPrecision activations, Encoding weights)
            throws ModelFormatException {
        LlamaModel model = load(new TinyModel(9), weights, kernels, Activations.always(activations));
        int sequences = 8;
        int length = 40;
        float[][][] alone = new float[sequences][][];
        for (int s = 0; s < sequences; s++) {
            alone[s] = run(model, tokens(100 + s, length), new int[] {2 * s, 2 * s + 1}, length);
        }
        List<Integer> blocks = new ArrayList<>();
        for (int block = 0; block < BLOCKS; block++) {
            blocks.add(block);
        }
        Collections.shuffle(blocks, new Random(10));
        StepRows rows = new StepRows(arena, 64, 2 * sequences);
        for (int i = 0; i < 2 * sequences; i++) {
            rows.setBlock(i, blocks.get(i));
        }
        // Sequence s starts s steps late and then takes chunks of 1 to 3 tokens.
        int[] positions = new int[sequences];
        SplittableRandom random = new SplittableRandom(11);
        for (int step = 0; step < 100; step++) {
            int count = 0;
            List<int[]> places = new ArrayList<>();
            for (int s = 0; s < Math.min(sequences, step + 1); s++) {
                int chunk = Math.min(1 + random.nextInt(3), length - positions[s]);
                for (int i = 0; i < chunk; i++) {
                    rows.setRow(count++, tokens(100 + s, length)[positions[s]], positions[s], 2 * s);
                    places.add(new int[] {s, positions[s]++});
                }
            }
            if (count == 0) {
                break;
            }
            model.forward(rows, count);
            for (int i = 0; i < count; i++) {
                float[] expected = alone[places.get(i)[0]][places.get(i)[1]];
                assertArrayEquals(expected, row(model.logits(new int[] {i}, 0, 1), 0));
            }
        }
        assertEquals(length, positions[sequences - 1]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "vector", "native"})
    void hiddenStatesAreWhatThePapersSayHoweverTheyAreComputed(String kernels) throws ModelFormatException {
        TinyModel tiny = new TinyModel(31);
        int[] tokens = tokens(32, 60);
        double[][] expected = new PlainLlama(tiny, PlainLlama.unscaledFrequencies(10_000)).hiddenStates(tokens);
        LlamaModel model = load(tiny, kernels, Activations.always(ActivationPrecision.F32));
        assertEquals(TinyModel.EMBEDDING, model.embeddingLength());
        float[][] whole = hiddenStates(model, tokens, 60);
        assertClose(expected, whole);
        assertArrayEquals(whole, hiddenStates(model, tokens, 1, 31, 1, 1, 26));
    }

    private float[][] hiddenStates(LlamaModel model, int[] tokens, int... chunks) {
        StepRows rows = new StepRows(arena, 64, TABLE);
        rows.setBlock(0, 4);
        rows.setBlock(1, 2);
        float[][] states = new float[tokens.length][];
        int position = 0;
        for (int chunk : chunks) {
            int[] stepRows = new int[chunk];
            for (int i = 0; i < chunk; i++) {
                rows.setRow(i, tokens[position + i], position + i, 0);
                stepRows[i] = i;
            }
            model.forward(rows, chunk);
            for (int from = 0; from < chunk; from += model.maximumLogitRows()) {
                int to = Math.min(from + model.maximumLogitRows(), chunk);
                FloatMatrix answer = model.hiddenStates(stepRows, from, to);
                for (int i = from; i < to; i++) {
                    states[position + i] = row(answer, i - from);
                }
            }
            position += chunk;
        }
        return states;
    }

    /** Reading one does not spoil the other. */
    @Test
    void logitsAndHiddenStatesOfAStepMayBeReadInAnyOrder() throws ModelFormatException {
        LlamaModel model = load(new TinyModel(33), "vector", Activations.always(ActivationPrecision.F32));
        int[] tokens = tokens(34, 20);
        float[][] logits = run(model, tokens, new int[] {0}, 20);
        float[] state = row(model.hiddenStates(new int[] {7}, 0, 1), 0);
        assertArrayEquals(logits[7], row(model.logits(new int[] {7}, 0, 1), 0));
        assertArrayEquals(state, row(model.hiddenStates(new int[] {7}, 0, 1), 0));
        assertArrayEquals(logits[7], row(model.logits(new int[] {7}, 0, 1), 0));
    }

    @Test
    void logitRowsComeInTheOrderAskedFor() throws ModelFormatException {
        LlamaModel model = load(new TinyModel(12), "vector", Activations.always(ActivationPrecision.F32));
        int[] tokens = tokens(13, 20);
        float[][] expected = run(model, tokens, new int[] {0}, 20);
        FloatMatrix logits = model.logits(new int[] {99, 17, 3, 19}, 1, 4);
        assertArrayEquals(expected[17], row(logits, 0));
        assertArrayEquals(expected[3], row(logits, 1));
        assertArrayEquals(expected[19], row(logits, 2));
    }

    @Test
    void warmUpLeavesNoTrace() throws ModelFormatException {
        LlamaModel model = load(new TinyModel(14), "vector", Activations.always(ActivationPrecision.F32));
        int[] tokens = tokens(15, 33);
        float[][] before = run(model, tokens, new int[] {0, 1}, 33);
        model.warmUp();
        assertArrayEquals(before, run(model, tokens, new int[] {0, 1}, 33));
    }

    @ParameterizedTest
    @EnumSource
    void exercisesOfWarmUpStayWithinTheirMatrices(ActivationPrecision precision) throws ModelFormatException {
        LlamaModel model = load(new TinyModel(21), "reference", Activations.always(precision));
        try (Arena arena = Arena.ofShared()) {
            List<KernelExercises.Exercise> exercises = model.exercises(arena);
            AtomicInteger done = new AtomicInteger();
            model.parallel().each(exercises.size(), (task, scratch) -> {
                exercises.get(task).run(scratch);
                done.incrementAndGet();
            });
            assertEquals(exercises.size(), done.get());
        }
    }

    @Test
    void missingAndMisshapenTensorsAreNamed() {
        TinyModel missing = new TinyModel(16);
        missing.vectors().remove("blk.1.ffn_norm.weight");
        assertFault(missing, "blk.1.ffn_norm.weight");
        TinyModel misshapen = new TinyModel(17);
        misshapen.matrix("blk.0.attn_k.weight", 4, TinyModel.EMBEDDING);
        assertFault(misshapen, "blk.0.attn_k.weight");
        TinyModel short_ = new TinyModel(18);
        short_.vector("output_norm.weight", 5);
        assertFault(short_, "output_norm.weight");
    }

    private void assertFault(TinyModel tiny, String name) {
        ModelFormatException fault = assertThrows(
                ModelFormatException.class, () -> load(tiny, "vector", Activations.always(ActivationPrecision.F32)));
        assertMessageHas(name, fault);
    }

    @Test
    void aLongerContextThanTheModelsIsRefused() {
        Kernels kernels = KernelSelector.select("vector").kernels();
        open.add(kernels);
        IllegalArgumentException thrown = assertThrows(
                IllegalArgumentException.class,
                () -> LlamaModel.load(
                        new TinyModel(19).pack(arena),
                        kernels,
                        pool,
                        new ModelOptions(
                                TinyModel.CONTEXT + 1,
                                64,
                                KvCacheOptions.ofBlocks(KvType.F32, 8),
                                Activations.always(ActivationPrecision.F32),
                                WeightPlacement.MAPPED)));
        assertMessageHas(String.valueOf(TinyModel.CONTEXT), thrown);
    }

    private static void assertMessageHas(String part, Exception thrown) {
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(part), message);
    }
}
