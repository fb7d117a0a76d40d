// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.PanelReader;
import dev.dendra.convert.StageProgress;
import dev.dendra.convert.pruning.PruningMethod;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgufFile;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.Sparsification;
import dev.dendra.format.TensorDescription;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.sparse.SparseExpansion;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Models that were trained sparse, packed as they are. */
class GivenSparsityTest {
    @TempDir
    Path folder;

    private Path pack(Path gguf, SparsifyRequest request) throws Exception {
        Path output = folder.resolve("out.dendra");
        try (GgufFile source = GgufFile.open(gguf);
                Kernels kernels = KernelSelector.select("reference").kernels();
                ComputePool pool = new ComputePool(2)) {
            ModelSparsifier.open(
                            SparsifyPlan.of(source, request), Optional.empty(), "1".repeat(64), output, kernels, pool)
                    .run(StageProgress.NONE)
                    .write(output, Optional.empty());
        }
        return output;
    }

    private static SparsifyRequest given(Pattern pattern) {
        return SparsifyRequest.given(pattern, Encoding.I8, List.of("lm_head"), Optional.empty());
    }

    @ParameterizedTest
    @EnumSource(
            value = Pattern.class,
            names = {"UNSTRUCTURED", "QUADS", "LINES", "TILES"})
    void everyWeightIsServedAsItWasTrained(Pattern pattern) throws Exception {
        Path gguf = SmallGguf.writeTrained(folder.resolve("trained.gguf"), pattern);
        try (GgufFile source = GgufFile.open(gguf);
                DendraFile model = DendraFile.open(pack(gguf, given(pattern)));
                Arena arena = Arena.ofShared()) {
            model.verify();
            for (GgufTensor tensor : source.tensors()) {
                if (tensor.name().startsWith("blk.") && tensor.shape().size() == 2) {
                    assertEquals(pattern, description(model, tensor.name()).pattern(), tensor.name());
                    assertEquals(0, description(model, tensor.name()).relativeError(), tensor.name());
                    assertWeights(tensor, SparseExpansion.dense(model.matrix(tensor.name()), arena));
                }
            }
            assertEquals(Pattern.DENSE, description(model, "token_embd.weight").pattern());
            assertFalse(model.contains("output.weight"), "the head is the embedding, stored once");
        }
    }

    private static void assertWeights(GgufTensor expected, PackedMatrix actual) {
        PanelReader reader = new PanelReader(actual.layout(), actual.segment());
        float[] row = new float[(int) expected.columns()];
        GgmlDequantizer dequantizer = new GgmlDequantizer(expected);
        for (int n = 0; n < expected.rows(); n++) {
            dequantizer.dequantize(n, row);
            for (int k = 0; k < row.length; k++) {
                assertEquals(row[k], reader.weight(n, k), 0f, expected.name() + " " + n + ", " + k);
            }
        }
    }

    private static TensorDescription description(DendraFile model, String name) {
        return model.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theFileSaysWhatItsSourceSaidAndWhatWasCounted() throws Exception {
        Path gguf = SmallGguf.writeTrained(folder.resolve("trained.gguf"), Pattern.QUADS);
        try (DendraFile model = DendraFile.open(pack(gguf, given(Pattern.QUADS)))) {
            Sparsification sparse = model.provenance().sparsification().orElseThrow();
            assertEquals("given", sparse.method());
            assertEquals(Sparsification.NO_CALIBRATION, sparse.calibration());
            assertEquals(sparse.density(), sparse.askedDensity());
            double live = 0;
            double weights = 0;
            try (GgufFile source = GgufFile.open(gguf)) {
                for (GgufTensor tensor : source.tensors()) {
                    if (tensor.name().startsWith("blk.") && tensor.shape().size() == 2) {
                        TensorDescription packed = description(model, tensor.name());
                        live += packed.density() * packed.weights();
                        weights += packed.weights();
                    }
                }
            }
            assertEquals(live / weights, sparse.density(), 1e-12);
            assertEquals(0.5, sparse.density(), 0.02, "as made up");
            assertEquals("made up", model.metadata().string("dendra.training.method"));
            assertEquals(1234, model.metadata().integer("dendra.training.tokens", 0, 10_000));
            assertEquals(0.5, model.metadata().number("dendra.training.rate"));
        }
    }

    @Test
    void aDenseModelIsRefused() throws IOException {
        Path dense = SmallGguf.write(folder.resolve("dense.gguf"));
        for (Pattern pattern : List.of(Pattern.UNSTRUCTURED, Pattern.QUADS, Pattern.LINES, Pattern.TILES)) {
            SparsifyException refused = assertThrows(SparsifyException.class, () -> pack(dense, given(pattern)));
            assertTrue(refused.toString().contains(dense + " is a dense model"), refused::toString);
            assertTrue(refused.toString().contains("`dendra convert`"), refused::toString);
        }
        assertFalse(Files.exists(WorkFolder.beside(folder.resolve("out.dendra"))), "refused before any work");
    }

    @ParameterizedTest
    @CsvSource({"UNSTRUCTURED, QUADS, 1x1", "QUADS, LINES, 1x4", "LINES, TILES, 16x4"})
    void anotherPatternThanTheTrainedOneIsRefused(Pattern trained, Pattern asked, String fit) throws IOException {
        Path gguf = SmallGguf.writeTrained(folder.resolve("trained.gguf"), trained);
        SparsifyException refused = assertThrows(SparsifyException.class, () -> pack(gguf, given(asked)));
        String message = refused.toString();
        assertTrue(message.contains("tensor 'blk.0.attn_q.weight' is not sparse in blocks of " + asked.id()), message);
        assertTrue(message.contains("ask for --pattern " + fit), message);
        assertTrue(message.contains("--keep blk.0.attn_q.weight"), message);
    }

    @Test
    void matricesWithoutDeadBlocksStayDense() throws Exception {
        Path gguf = SmallGguf.writeTrained(folder.resolve("trained.gguf"), Pattern.QUADS);
        SparsifyRequest headToo = SparsifyRequest.given(Pattern.QUADS, Encoding.I8, List.of(), Optional.empty());
        try (DendraFile model = DendraFile.open(pack(gguf, headToo))) {
            assertFalse(model.contains("output.weight"), "a dense head stays the embedding");
        }
        SparsifyRequest kept =
                SparsifyRequest.given(Pattern.QUADS, Encoding.I8, List.of("lm_head", "blk.1"), Optional.empty());
        try (DendraFile model = DendraFile.open(pack(gguf, kept))) {
            assertEquals(
                    Pattern.DENSE, description(model, "blk.1.ffn_up.weight").pattern());
            assertEquals(0, description(model, "blk.1.ffn_up.weight").relativeError(), "with its codes");
            assertEquals(
                    Pattern.QUADS, description(model, "blk.2.ffn_up.weight").pattern());
        }
    }

    @Test
    void nothingMayBeMovedOrFitted() {
        PruningRequest pruning = new PruningRequest(Pattern.QUADS, 1, Encoding.I8, true);
        assertThrows(
                IllegalArgumentException.class,
                () -> new SparsifyRequest(
                        PruningMethod.GIVEN, pruning, Allocation.UNIFORM, true, false, List.of(), Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new SparsifyRequest(
                        PruningMethod.GIVEN, pruning, Allocation.UNIFORM, false, true, List.of(), Optional.empty()));
    }
}
