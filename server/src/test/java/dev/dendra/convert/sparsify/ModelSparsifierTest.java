// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.ModelConverter;
import dev.dendra.convert.StageProgress;
import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.convert.calibration.CorpusShape;
import dev.dendra.convert.pruning.PruningMethod;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufBuilder;
import dev.dendra.format.GgufFile;
import dev.dendra.format.ModelSource;
import dev.dendra.format.Sparsification;
import dev.dendra.format.TensorDescription;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelOptions;
import dev.dendra.model.WeightPlacement;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A small model pruned from start to end. */
class ModelSparsifierTest {
    private static final String DIGEST = "1".repeat(64);
    private static final int VOCABULARY = 97;
    private static final int[] PROMPT =
            new SplittableRandom(8).ints(40, 0, VOCABULARY).toArray();

    @TempDir
    Path folder;

    private final Kernels kernels = KernelSelector.select("reference").kernels();
    private final ComputePool pool = new ComputePool(2);
    private Path gguf = Path.of("");

    @BeforeEach
    void writeModel() throws IOException {
        gguf = SmallGguf.write(folder.resolve("small.gguf"));
    }

    @AfterEach
    void close() {
        pool.close();
        kernels.close();
    }

    /** A request with everything that takes part switched on, to be changed by tests. */
    private static SparsifyRequest request(Encoding encoding, double density) {
        return request(PruningMethod.SPARSEGPT, Pattern.QUADS, encoding, density, List.of("lm_head"));
    }

    private static SparsifyRequest request(
            PruningMethod method, Pattern pattern, Encoding encoding, double density, List<String> keep) {
        return new SparsifyRequest(
                method,
                new PruningRequest(pattern, density, encoding, true),
                Allocation.OWL,
                true,
                false,
                keep,
                Optional.of(encoding));
    }

    /** Weights as they are: no method moves any at density 1, and neurons stay where they are. */
    private static SparsifyRequest everythingLives(Pattern pattern, Encoding encoding, boolean permutes) {
        return new SparsifyRequest(
                PruningMethod.MAGNITUDE,
                new PruningRequest(pattern, 1, encoding, true),
                Allocation.UNIFORM,
                permutes,
                false,
                List.of("lm_head"),
                Optional.of(encoding));
    }

    private static CalibrationCorpus corpus() {
        CorpusShape shape = new CorpusShape(6, 40);
        SplittableRandom random = new SplittableRandom(3);
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < shape.sequences(); i++) {
            sequences.add(random.ints(shape.length(), 0, VOCABULARY).toArray());
        }
        return new CalibrationCorpus("made up", shape, sequences);
    }

    private Path sparsify(String name, SparsifyRequest request, ComputePool threads, StageProgress progress)
            throws IOException, InterruptedException, SparsifyException {
        Path output = folder.resolve(name);
        try (GgufFile source = GgufFile.open(gguf)) {
            ModelSparsifier.open(
                            SparsifyPlan.of(source, request), Optional.of(corpus()), DIGEST, output, kernels, threads)
                    .run(progress)
                    .write(output, Optional.empty());
        }
        return output;
    }

    private Path sparsify(String name, SparsifyRequest request) throws Exception {
        return sparsify(name, request, pool, StageProgress.NONE);
    }

    private static void assertSameBytes(Path expected, Path actual) throws IOException {
        assertEquals(-1, Files.mismatch(expected, actual), actual + " differs from " + expected);
    }

    /** Logits behind each token of the prompt. */
    private float[][] logits(ModelSource model) throws Exception {
        ModelOptions options = new ModelOptions(
                0,
                40,
                KvCacheOptions.ofBlocks(KvType.F32, 2),
                Activations.always(ActivationPrecision.F32),
                WeightPlacement.MAPPED);
        try (Arena arena = Arena.ofShared();
                LlamaModel loaded = LlamaModel.load(model, kernels, pool, options)) {
            StepRows rows = new StepRows(arena, PROMPT.length, 2);
            rows.setBlock(1, 1);
            for (int position = 0; position < PROMPT.length; position++) {
                rows.setRow(position, PROMPT[position], position, 0);
            }
            loaded.forward(rows, PROMPT.length);
            float[][] logits = new float[PROMPT.length][VOCABULARY];
            for (int row = 0; row < PROMPT.length; row++) {
                FloatMatrix answer = loaded.logits(new int[] {row}, 0, 1);
                for (int token = 0; token < VOCABULARY; token++) {
                    logits[row][token] = answer.get(0, token);
                }
            }
            return logits;
        }
    }

    private float[][] logits(Path file) throws Exception {
        try (DendraFile model = DendraFile.open(file)) {
            return logits(model);
        }
    }

    private float[][] denseLogits(Encoding encoding) throws Exception {
        try (GgufFile source = GgufFile.open(gguf);
                Arena arena = Arena.ofShared()) {
            return logits(new ModelConverter(1)
                    .pack(
                            source,
                            Optional.of(encoding),
                            bytes -> OffHeap.allocate(arena, bytes),
                            (done, total, tensor) -> {}));
        }
    }

    private static void assertLogits(float[][] expected, float[][] actual, double tolerance) {
        for (int row = 0; row < expected.length; row++) {
            for (int token = 0; token < VOCABULARY; token++) {
                assertEquals(expected[row][token], actual[row][token], tolerance, "row " + row + ", token " + token);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"UNSTRUCTURED, BF16", "QUADS, BF16", "LINES, BF16", "TILES, BF16", "QUADS, I8", "LINES, I8G32"})
    void aModelThatKeepsEverythingIsThePackedOne(Pattern pattern, Encoding encoding) throws Exception {
        Path output = sparsify("all.dendra", everythingLives(pattern, encoding, false));
        assertLogits(denseLogits(encoding), logits(output), 0);
        try (DendraFile model = DendraFile.open(output)) {
            TensorDescription query = tensor(model, "blk.1.attn_q.weight");
            assertEquals(pattern, query.pattern());
            assertEquals(1, query.density());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"QUADS", "LINES", "TILES"})
    void anotherOrderOfNeuronsChangesNoResult(Pattern pattern) throws Exception {
        Path ordered = sparsify("o.dendra", everythingLives(pattern, Encoding.BF16, true));
        assertLogits(denseLogits(Encoding.BF16), logits(ordered), 2e-5);
        Path plain = sparsify("p.dendra", everythingLives(pattern, Encoding.BF16, false));
        assertTrue(Files.mismatch(ordered, plain) >= 0, "the neurons have moved");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GIVEN")
    void theBytesDoNotDependOnTheNumberOfThreads(PruningMethod method) throws Exception {
        SparsifyRequest request = request(method, Pattern.QUADS, Encoding.I8, 0.5, List.of("lm_head"));
        Path two = sparsify("two.dendra", request);
        try (ComputePool alone = new ComputePool(1)) {
            assertSameBytes(two, sparsify("one.dendra", request, alone, StageProgress.NONE));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void workThatWasBrokenOffGoesOnToTheSameBytes(int parts) throws Exception {
        SparsifyRequest request = request(Encoding.I8, 0.5);
        Path whole = sparsify("whole.dendra", request);
        Path broken = folder.resolve("broken.dendra");
        Path work = WorkFolder.beside(broken);
        assertThrows(
                InterruptedException.class,
                () -> sparsify("broken.dendra", request, pool, interruptAfter(work, parts)));
        assertFalse(Files.exists(broken), "nothing under the final name");
        List<Path> kept = files(work);
        assertEquals(parts, kept.size(), () -> "finished parts and nothing else: " + kept);
        Object first = Files.readAttributes(kept.getFirst(), "unix:ino,lastModifiedTime");

        try (GgufFile source = GgufFile.open(gguf)) {
            ModelSparsifier again = ModelSparsifier.open(
                    SparsifyPlan.of(source, request), Optional.of(corpus()), DIGEST, broken, kernels, pool);
            assertFalse(again.work().hasDiscarded());
            assertEquals(Math.max(0, parts - 2), again.finishedBlocks());
            SparsifiedModel finished = again.run(StageProgress.NONE);
            assertEquals(first, Files.readAttributes(kept.getFirst(), "unix:ino,lastModifiedTime"));
            finished.write(broken, Optional.empty());
        }
        assertSameBytes(whole, broken);
        assertFalse(Files.exists(work), "the work folder is gone");
    }

    /** Interrupts this thread once so many parts are finished. */
    private static StageProgress interruptAfter(Path work, int parts) {
        return new StageProgress() {
            @Override
            public void started(String what, long total) {}

            @Override
            public void advanced(long done) {
                if (files(work).size() >= parts) {
                    Thread.currentThread().interrupt();
                }
            }

            @Override
            public void finished() {}
        };
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"WANDA, false", "MAGNITUDE, true"})
    void blocksArePrunedForWhatThoseBeforeThemHaveBecome(PruningMethod method, boolean same) throws Exception {
        Path afterPruned = sparsify("p.dendra", uniform(method, List.of("lm_head")));
        Path afterDense = sparsify("d.dendra", uniform(method, List.of("lm_head", "blk.0")));
        try (DendraFile one = DendraFile.open(afterPruned);
                DendraFile other = DendraFile.open(afterDense)) {
            String name = "blk.1.ffn_down.weight";
            long mismatch =
                    one.matrix(name).segment().mismatch(other.matrix(name).segment());
            assertEquals(same, mismatch == -1, "only activations make a difference");
        }
    }

    private static SparsifyRequest uniform(PruningMethod method, List<String> keep) {
        return new SparsifyRequest(
                method,
                new PruningRequest(Pattern.QUADS, 0.25, Encoding.I8, true),
                Allocation.UNIFORM,
                false,
                false,
                keep,
                Optional.empty());
    }

    @Test
    void otherSettingsStartAnew() throws Exception {
        Path output = folder.resolve("m.dendra");
        assertThrows(
                InterruptedException.class,
                () -> sparsify(
                        "m.dendra", request(Encoding.I8, 0.5), pool, interruptAfter(WorkFolder.beside(output), 3)));
        SparsifyRequest other = request(Encoding.I8, 0.75);
        try (GgufFile source = GgufFile.open(gguf)) {
            ModelSparsifier anew = ModelSparsifier.open(
                    SparsifyPlan.of(source, other), Optional.of(corpus()), DIGEST, output, kernels, pool);
            assertTrue(anew.work().hasDiscarded());
            assertEquals(0, anew.finishedBlocks());
        }
        assertSameBytes(sparsify("fresh.dendra", other), sparsify("m.dendra", other));
    }

    @Test
    void aDamagedPartIsMadeAgain() throws Exception {
        SparsifyRequest request = request(Encoding.I8, 0.5);
        Path output = folder.resolve("m.dendra");
        assertThrows(
                InterruptedException.class,
                () -> sparsify("m.dendra", request, pool, interruptAfter(WorkFolder.beside(output), 3)));
        Path part = WorkFolder.beside(output).resolve("blk.0.dendra");
        byte[] bytes = Files.readAllBytes(part);
        bytes[bytes.length - 200] ^= 1;
        Files.write(part, bytes);
        assertSameBytes(sparsify("fresh.dendra", request), sparsify("m.dendra", request));
    }

    @Test
    void whatIsKeptStaysDense() throws Exception {
        Path output = sparsify(
                "k.dendra",
                request(
                        PruningMethod.WANDA,
                        Pattern.QUADS,
                        Encoding.BF16,
                        0.5,
                        List.of("lm_head", "embed", "blk.0", "blk.1.attn_v.weight", "blk.2.ffn_down")));
        try (DendraFile model = DendraFile.open(output)) {
            for (TensorDescription tensor : model.tensors()) {
                boolean kept = !tensor.isMatrix()
                        || tensor.name().startsWith("blk.0.")
                        || tensor.name().equals("token_embd.weight")
                        || tensor.name().equals("blk.1.attn_v.weight")
                        || tensor.name().equals("blk.2.ffn_down.weight");
                assertEquals(!kept, tensor.pattern().isSparse(), tensor.name());
            }
            assertFalse(model.contains("output.weight"), "the head is the embedding");
        }
        assertTrue(Float.isFinite(logits(output)[0][0]));
    }

    @Test
    void aTiedHeadThatIsNotKeptBecomesATensorOfItsOwn() throws Exception {
        Path output =
                sparsify("h.dendra", request(PruningMethod.SPARSEGPT, Pattern.LINES, Encoding.I8, 0.5, List.of()));
        try (DendraFile model = DendraFile.open(output)) {
            assertEquals(Pattern.LINES, tensor(model, "output.weight").pattern());
            assertEquals(Pattern.DENSE, tensor(model, "token_embd.weight").pattern());
        }
        assertTrue(Float.isFinite(logits(output)[0][0]));
    }

    @Test
    void aHeadOfItsOwnIsPrunedUnlessItIsKept() throws Exception {
        gguf = SmallGguf.writeUntied(folder.resolve("untied.gguf"));
        SparsifyRequest kept = request(Encoding.I8, 0.5);
        SparsifyRequest pruned = request(PruningMethod.WANDA, Pattern.QUADS, Encoding.I8, 0.5, List.of());
        try (DendraFile model = DendraFile.open(sparsify("k.dendra", kept));
                DendraFile other = DendraFile.open(sparsify("p.dendra", pruned))) {
            assertEquals(Pattern.DENSE, tensor(model, "output.weight").pattern());
            assertEquals(Pattern.QUADS, tensor(other, "output.weight").pattern());
        }
    }

    @Test
    void whatIsNotToBeKeptByAnyNameIsToldWhatThereIs() {
        SparsifyException refused = assertThrows(
                SparsifyException.class,
                () -> sparsify(
                        "m.dendra",
                        request(
                                PruningMethod.MAGNITUDE,
                                Pattern.QUADS,
                                Encoding.I8,
                                0.5,
                                List.of("lm_head", "blk.3"))));
        assertEquals(
                "nothing to keep is called 'blk.3'; there are lm_head, embed, and blk.0 to blk.2, each with attn_k, "
                        + "attn_output, attn_q, attn_v, ffn_down, ffn_gate, ffn_up (blk.0.attn_q)",
                refused.getMessage());
    }

    @Test
    void theManifestSaysWhatWasAskedForAndWhatCameOfIt() throws Exception {
        Path output = folder.resolve("m.dendra");
        Sparsification.Quality quality = new Sparsification.Quality("text", "2".repeat(64), 100, 20, 30);
        try (GgufFile source = GgufFile.open(gguf)) {
            ModelSparsifier.open(
                            SparsifyPlan.of(source, request(Encoding.I8, 0.5)),
                            Optional.of(corpus()),
                            DIGEST,
                            output,
                            kernels,
                            pool)
                    .run(StageProgress.NONE)
                    .write(output, Optional.of(quality));
        }
        try (DendraFile model = DendraFile.open(output)) {
            model.verify();
            assertEquals("small.gguf", model.provenance().sourceFile());
            assertEquals(DIGEST, model.provenance().sourceSha256());
            assertTrue(model.provenance().tool().startsWith("dendra "));
            Sparsification sparse = model.provenance().sparsification().orElseThrow();
            assertEquals("sparsegpt, owl, permuted", sparse.method());
            assertEquals(Pattern.QUADS, sparse.pattern());
            assertEquals(0.5, sparse.askedDensity());
            assertEquals(0.5, sparse.density(), 0.04, "nearest whole blocks");
            assertEquals("made up", sparse.calibration());
            assertEquals(corpus().sha256(), sparse.calibrationSha256());
            assertEquals(Optional.of(quality), sparse.quality());
            assertEquals("small", model.metadata().string("general.name"));
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws Exception {
        Path obstacle = Files.writeString(folder.resolve("file"), "no folder");
        IOException refused = assertThrows(
                IOException.class, () -> sparsify("file/m.dendra", everythingLives(Pattern.QUADS, Encoding.I8, false)));
        assertTrue(String.valueOf(refused.getMessage()).contains(obstacle.toString()), refused.toString());
    }

    @Test
    void aPatternThatAShapeCannotTakeIsNamedWithTheDimension() throws IOException {
        gguf = new GgufBuilder()
                .string("general.architecture", "llama")
                .uint32("llama.block_count", 1)
                .uint32("llama.context_length", 64)
                .uint32("llama.embedding_length", 32)
                .uint32("llama.feed_forward_length", 64)
                .uint32("llama.attention.head_count", 2)
                .strings("tokenizer.ggml.tokens", List.of("a", "b"))
                .tensor("blk.0.attn_q.weight", new float[32 * 32], 32, 32)
                .write(folder.resolve("narrow.gguf"));
        SparsifyException refused = assertThrows(
                SparsifyException.class,
                () -> sparsify(
                        "m.dendra", request(PruningMethod.MAGNITUDE, Pattern.TILES, Encoding.I8, 0.5, List.of())));
        assertEquals(
                "tensor 'blk.0.attn_q.weight' cannot take pattern 16x64: it has 32 inputs, fewer than the 64 of a block",
                refused.getMessage());
    }

    private static TensorDescription tensor(DendraFile model, String name) {
        return model.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
