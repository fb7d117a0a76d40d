// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.DendraFile;
import dev.dendra.format.TensorDescription;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tokenizer.Tokenizer;
import dev.dendra.tokenizer.TokenizerFactory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The model that {@code whole-chain.sh} runs on an emulated CPU: the best word leads by so much that every correct kernel has
 * to generate it, in each precision of activations; and all kernels that run here do.
 */
class WordModelTest {
    /** Of the best logit over the second, at least. */
    private static final float LEAD = 1;

    private static final int CONTEXT = 128;
    private static final int BLOCKS = CONTEXT / KvLayout.BLOCK_TOKENS;

    /** One precision for all steps, and what is chosen for AMX. */
    private static final List<Activations> ACTIVATIONS = List.of(
            Activations.always(ActivationPrecision.F32),
            Activations.always(ActivationPrecision.I16),
            Activations.always(ActivationPrecision.BF16),
            new Activations(ActivationPrecision.I16, ActivationPrecision.BF16, 32));

    private static final Choice ORACLE = new Choice("reference", "scalar", Activations.always(ActivationPrecision.F32));

    @TempDir
    static Path directory;

    private static DendraFile file;

    @BeforeAll
    static void write() throws IOException {
        Path path = directory.resolve("words.dendra");
        WordModel.write(path);
        file = DendraFile.open(path);
    }

    /** What was generated, with all logits on the way. */
    private record Continuation(List<Integer> tokens, List<float[]> logits) {}

    /** Kernels by name, on one instruction set. */
    record Choice(String provider, String isa, Activations activations) {}

    static Stream<Choice> choices() {
        return KernelSelector.providers().stream()
                .flatMap(provider -> provider.instructionSets().stream()
                        .filter(KernelProvider.InstructionSet::runs)
                        .flatMap(set -> choices(provider.name(), set.id())));
    }

    private static Stream<Choice> choices(String provider, String isa) {
        try (Kernels kernels = KernelSelector.select(provider, isa)) {
            Set<ActivationPrecision> taken = kernels.activationPrecisions();
            return ACTIVATIONS.stream()
                    .filter(each -> taken.contains(each.fewRows()) && taken.contains(each.manyRows()))
                    .map(each -> new Choice(provider, isa, each));
        }
    }

    @Test
    void everyEncodingIsThere() {
        assertEquals(
                EnumSet.allOf(Encoding.class),
                file.tensors().stream()
                        .filter(TensorDescription::isMatrix)
                        .map(TensorDescription::encoding)
                        .collect(Collectors.toSet()));
    }

    @Test
    void everyWordIsFarAheadOfTheNext() throws IOException {
        Continuation words = continuation(ORACLE);

        for (int word = 0; word < WordModel.WORDS; word++) {
            float[] logits = words.logits().get(word);
            int best = words.tokens().get(word);
            float second = Float.NEGATIVE_INFINITY;
            for (int token = 0; token < logits.length; token++) {
                second = token == best ? second : Math.max(second, logits[token]);
            }
            assertTrue(logits[best] - second >= LEAD, "word " + word + " leads by " + (logits[best] - second));
        }
        assertTrue(Set.copyOf(words.tokens()).size() > WordModel.WORDS / 2, "the words repeat: " + words.tokens());
    }

    /** A rounding to bfloat16 costs 0.13; two logits that move against each other by twice that keep their order. */
    @ParameterizedTest
    @MethodSource("choices")
    void allKernelsGenerateTheSameWords(Choice choice) throws IOException {
        Continuation expected = continuation(ORACLE);

        Continuation actual = continuation(choice);

        assertEquals(expected.tokens(), actual.tokens());
        for (int word = 0; word < WordModel.WORDS; word++) {
            assertArrayEquals(expected.logits().get(word), actual.logits().get(word), LEAD / 4, "word " + word);
        }
    }

    private static Continuation continuation(Choice choice) throws IOException {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = KernelSelector.select(choice.provider(), choice.isa());
                ComputePool pool = new ComputePool(1);
                LlamaModel model = LlamaModel.load(
                        file,
                        kernels,
                        pool,
                        new ModelOptions(
                                0,
                                CONTEXT,
                                KvCacheOptions.ofBlocks(KvType.F32, BLOCKS),
                                choice.activations(),
                                WeightPlacement.MAPPED))) {
            Tokenizer tokenizer = TokenizerFactory.of(file.metadata());
            int[] prompt = tokenizer.encode(WordModel.PROMPT, Tokenizer.SpecialTokens.AS_TEXT);
            StepRows rows = new StepRows(arena, prompt.length, BLOCKS);
            for (int block = 0; block < BLOCKS; block++) {
                rows.setBlock(block, block);
            }
            for (int i = 0; i < prompt.length; i++) {
                rows.setRow(i, prompt[i], i, 0);
            }
            List<Integer> tokens = new ArrayList<>();
            List<float[]> logits = new ArrayList<>();
            int count = prompt.length;
            for (int position = prompt.length; tokens.size() < WordModel.WORDS; position++) {
                model.forward(rows, count);
                FloatMatrix matrix = model.logits(new int[] {count - 1}, 0, 1);
                int token = kernels.argMax(matrix, 0);
                tokens.add(token);
                logits.add(row(matrix));
                rows.setRow(0, token, position, 0);
                count = 1;
            }
            return new Continuation(tokens, logits);
        }
    }

    private static float[] row(FloatMatrix matrix) {
        float[] values = new float[matrix.columns()];
        for (int i = 0; i < values.length; i++) {
            values[i] = matrix.get(0, i);
        }
        return values;
    }
}
