// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dendra.format.GgufFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorDescription;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelConfig;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.sparse.SparseCheck;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticModelTest {
    private static final Path SCRIPTS =
            Path.of("../docs/comparison").toAbsolutePath().normalize();
    private static final int VOCABULARY = 320;
    private static final ModelShape SMALL = new ModelShape("small", 2, 128, 192, 4, 2, 32, VOCABULARY, 256, true);

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @EnumSource(Encoding.class)
    void aProductHasTheMagnitudeOfItsInput(Encoding encoding) throws ModelFormatException {
        PackedModel model = make(SMALL, Optional.of(encoding), 2);
        for (TensorDescription tensor : model.tensors()) {
            if (!tensor.isMatrix()) {
                continue;
            }
            assertEquals(encoding, tensor.encoding(), tensor.name());
            PackedMatrix matrix = model.matrix(tensor.name());
            PanelReader reader = new PanelReader(tensor.layout(), matrix.segment());
            double squares = 0;
            double sum = 0;
            for (int n = 0; n < matrix.rows(); n++) {
                for (int k = 0; k < matrix.columns(); k++) {
                    float weight = reader.weight(n, k);
                    assertTrue(Float.isFinite(weight), tensor.name());
                    squares += (double) weight * weight;
                    sum += weight;
                }
            }
            double count = (double) matrix.rows() * matrix.columns();
            // The exponent is the nearest of those that there are, so the magnitude is within a factor of sqrt(2).
            assertEquals(1, Math.sqrt(squares / count * matrix.columns()), 0.45, tensor.name());
            assertEquals(0, sum / count * Math.sqrt(matrix.columns()), 0.3, tensor.name() + " has both signs");
        }
    }

    @Test
    void theBytesDoNotDependOnTheThreadsAndDifferFromPanelToPanel() throws ModelFormatException {
        PackedModel one = make(SMALL, Optional.empty(), 1);
        PackedModel three = make(SMALL, Optional.empty(), 3);
        for (TensorDescription tensor : one.tensors()) {
            assertEquals(-1, bytes(one, tensor).mismatch(bytes(three, tensor)), tensor.name());
        }
        MemorySegment query = one.matrix("blk.0.attn_q.weight").segment();
        long panel = one.matrix("blk.0.attn_q.weight").layout().panelBytes();
        assertNotEquals(-1, query.asSlice(0, panel).mismatch(query.asSlice(panel, panel)));
        assertNotEquals(-1, query.mismatch(one.matrix("blk.1.attn_q.weight").segment()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itComputesFiniteLogitsThatDependOnTheTokens(boolean tied) throws Exception {
        ModelShape shape = new ModelShape("small", 2, 128, 192, 4, 2, 32, VOCABULARY, 256, tied);
        PackedModel source = make(shape, Optional.empty(), 2);
        Kernels kernels = KernelSelector.select("reference").kernels();
        try (ComputePool pool = new ComputePool(1);
                LlamaModel model = LlamaModel.load(
                        source,
                        kernels,
                        pool,
                        new ModelOptions(
                                0,
                                8,
                                KvCacheOptions.ofBlocks(KvType.F32, 1),
                                Activations.defaultOf(kernels),
                                WeightPlacement.MAPPED))) {
            float[] first = logits(model, 1);
            float[] second = logits(model, 2);
            int differing = 0;
            for (int token = 0; token < VOCABULARY; token++) {
                assertTrue(Float.isFinite(first[token]), "token " + token);
                assertTrue(Math.abs(first[token]) < 100, "token " + token + ": " + first[token]);
                differing += first[token] == second[token] ? 0 : 1;
            }
            assertTrue(differing > VOCABULARY / 2, differing + " logits differ");
        } finally {
            kernels.close();
        }
    }

    private float[] logits(LlamaModel model, int token) {
        StepRows rows = new StepRows(arena, 8, 1);
        rows.setBlock(0, 0);
        for (int position = 0; position < 8; position++) {
            rows.setRow(position, token + position, position, 0);
        }
        model.forward(rows, 8);
        FloatMatrix logits = model.logits(new int[] {7}, 0, 1);
        float[] values = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            values[i] = logits.segment().get(ValueLayout.JAVA_FLOAT, logits.offset(0, i));
        }
        return values;
    }

    @Test
    void publishedShapesAreThoseOfTheirConfigurations() throws ModelFormatException {
        ModelConfig small = ModelConfig.of(ModelShape.ofName("llama-3.2-1b").metadata());
        assertEquals(16, small.layers());
        assertEquals(2048, small.embeddingLength());
        assertEquals(8192, small.feedForwardLength());
        assertEquals(64, small.headDimension());
        ModelConfig large = ModelConfig.of(ModelShape.ofName("llama-3.1-8b").metadata());
        assertEquals(32, large.layers());
        assertEquals(4096, large.embeddingLength());
        assertEquals(14_336, large.feedForwardLength());
        assertEquals(128, large.headDimension());
        for (ModelConfig config : List.of(small, large)) {
            assertEquals(32, config.heads());
            assertEquals(8, config.kvHeads());
            assertEquals(128_256, config.vocabularySize());
            assertEquals(500_000, config.rope().base());
        }
        // Parameters as published: 1.24 and 8.03 thousand million.
        assertEquals(1_235_814_400L, weights("llama-3.2-1b"));
        assertEquals(8_030_261_248L, weights("llama-3.1-8b"));
    }

    private static long weights(String shape) {
        return ModelShape.ofName(shape).tensors(WeightFormat.dense(Optional.empty())).stream()
                .mapToLong(tensor ->
                        tensor.shape().stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact))
                .sum();
    }

    @Test
    void anUnknownShapeIsAnsweredWithTheKnownOnes() {
        IllegalArgumentException unknown =
                assertThrows(IllegalArgumentException.class, () -> ModelShape.ofName("llama-7b"));
        assertEquals("unknown shape 'llama-7b'; known: smollm2-135m, llama-3.2-1b, llama-3.1-8b", unknown.getMessage());
    }

    @Test
    void aShapeThatLeavesPaddingIsRefused() {
        ModelShape odd = new ModelShape("odd", 1, 96, 192, 3, 1, 32, VOCABULARY, 256, true);
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> make(odd, Optional.empty(), 1));
        assertTrue(String.valueOf(refusal.getMessage()).contains("[320, 96]"), refusal.getMessage());
    }

    /** What makes figures with made-up weights comparable with those of a GGUF that llama.cpp reads. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-3.2-1b", "llama-3.1-8b"})
    void theGgufOfTheComparisonIsPackedInTheSameEncodings(String name, @TempDir Path folder) throws Exception {
        ModelShape whole = ModelShape.ofName(name);
        ModelShape shape = new ModelShape(
                name,
                1,
                whole.embeddingLength(),
                whole.feedForwardLength(),
                whole.heads(),
                whole.kvHeads(),
                whole.headDimension(),
                512,
                whole.contextLength(),
                whole.tiedEmbedding());
        Path file = folder.resolve("model.gguf");
        writeGguf(name, file);
        try (GgufFile gguf = GgufFile.open(file)) {
            assertEquals(
                    shape.tensors(WeightFormat.dense(Optional.empty())).stream()
                            .map(SyntheticModelTest::describe)
                            .toList(),
                    ConversionPlan.of(gguf, Optional.empty()).targets().stream()
                            .map(PlacedTensor::tensor)
                            .map(SyntheticModelTest::describe)
                            .toList());
            assertEquals(
                    ModelConfig.of(shape.metadata()).rope(),
                    ModelConfig.of(gguf.metadata()).rope());
            PackedModel packed = new ModelConverter(2)
                    .pack(gguf, Optional.empty(), bytes -> OffHeap.allocate(arena, bytes), (done, total, tensor) -> {});
            assertEquals(SyntheticModel.bytes(shape, WeightFormat.dense(Optional.empty())), packed.weightBytes());
        }
    }

    private static String describe(TensorDescription tensor) {
        return tensor.name() + " " + tensor.encoding() + " " + tensor.shape();
    }

    /** One layer and a small vocabulary of the shape. */
    private static void writeGguf(String shape, Path file) throws IOException, InterruptedException {
        String program = """
                import sys
                import synthetic_gguf as script
                shape = script.SHAPES[sys.argv[1]]._replace(layers=1, vocabulary=512)
                with open(sys.argv[2], "wb") as file:
                    script.write(file, sys.argv[1], shape, False, 1)
                """;
        Process process;
        try {
            process = new ProcessBuilder("python3", "-B", "-c", program, shape, file.toString())
                    .directory(SCRIPTS.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException absent) {
            assumeTrue(false, "the script that writes the GGUF needs python3: " + absent.getMessage());
            throw absent;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    /** Blocks of a pattern, the embedding dense; the masks are as dense as asked for, and kernels can follow them. */
    @ParameterizedTest
    @EnumSource(value = Pattern.class, names = "DENSE", mode = EnumSource.Mode.EXCLUDE)
    void aSparseModelHasTheDensityAskedFor(Pattern pattern) throws ModelFormatException {
        for (Encoding encoding : List.of(Encoding.BF16, Encoding.I8, Encoding.I8G32, Encoding.U4G32)) {
            WeightFormat format = new WeightFormat(Optional.of(encoding), pattern, 0.5);
            PackedModel model = new SyntheticModel(2).make(SMALL, format, bytes -> OffHeap.allocate(arena, bytes));
            for (TensorDescription tensor : model.tensors()) {
                if (!tensor.isMatrix() || tensor.name().equals("token_embd.weight")) {
                    assertEquals(Pattern.DENSE, tensor.pattern());
                    continue;
                }
                PackedMatrix matrix = model.matrix(tensor.name());
                long weights = (long) matrix.rows() * matrix.columns();
                assertEquals(tensor.density(), (double) SparseCheck.liveWeights(matrix) / weights, tensor.name());
                assertEquals(0.5, tensor.density(), pattern == Pattern.TILES ? 0.18 : 0.02, tensor.name());
            }
        }
    }

    private PackedModel make(ModelShape shape, Optional<Encoding> encoding, int threads) {
        return new SyntheticModel(threads)
                .make(shape, WeightFormat.dense(encoding), bytes -> OffHeap.allocate(arena, bytes));
    }

    private static MemorySegment bytes(PackedModel model, TensorDescription tensor) throws ModelFormatException {
        return tensor.isMatrix()
                ? model.matrix(tensor.name()).segment()
                : model.vector(tensor.name()).orElseThrow();
    }
}
