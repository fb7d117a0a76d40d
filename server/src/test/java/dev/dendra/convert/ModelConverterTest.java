// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.TestModel;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgmlType;
import dev.dendra.format.GgufBuilder;
import dev.dendra.format.GgufFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.format.PackedModel;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelConverterTest {
    private static final String DIGEST = "0".repeat(64);

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofAuto();

    @Test
    void fileAndMemoryHoldTheSameModel() throws IOException {
        Path packed = folder.resolve("m.dendra");
        try (GgufFile source = GgufFile.open(model().write(folder.resolve("m.gguf")))) {
            List<Long> progress = new ArrayList<>();
            new ModelConverter(2)
                    .convert(source, DIGEST, Optional.empty(), packed, (done, total, tensor) -> progress.add(done));
            assertEquals(source.tensors().size(), progress.size());
            PackedModel memory = pack(source, Optional.empty());
            try (DendraFile file = DendraFile.open(packed)) {
                file.verify();
                assertEquals("m.gguf", file.provenance().sourceFile());
                assertEquals(DIGEST, file.provenance().sourceSha256());
                assertEquals("llama", file.metadata().string("general.architecture"));
                assertSame(memory, file);
            }
        }
    }

    @Test
    void matricesFollowTheirTypeAndVectorsAreSinglePrecision() throws IOException {
        try (GgufFile source = GgufFile.open(model().write(folder.resolve("m.gguf")))) {
            PackedModel packed = pack(source, Optional.empty());
            assertEquals(Encoding.I8G32, packed.matrix("token_embd.weight").encoding());
            assertEquals(Encoding.U4G32, packed.matrix("blk.0.attn_q.weight").encoding());
            assertEquals(18, packed.matrix("blk.0.attn_q.weight").rows());
            assertEquals(32, packed.matrix("blk.0.attn_q.weight").columns());
            MemorySegment norm = packed.vector("output_norm.weight").orElseThrow();
            assertEquals(2.5f, norm.get(ValueLayout.JAVA_FLOAT, 4));
            MemorySegment halves = packed.vector("rope_freqs.weight").orElseThrow();
            assertEquals(0.5f, halves.get(ValueLayout.JAVA_FLOAT, 0));
            assertFalse(packed.contains("output.weight"));
        }
    }

    @Test
    void anEncodingThatWasAskedForGoesForEveryMatrix() throws IOException {
        try (GgufFile source = GgufFile.open(model().write(folder.resolve("m.gguf")))) {
            for (Encoding encoding : Encoding.values()) {
                PackedModel packed = pack(source, Optional.of(encoding));
                for (TensorDescription tensor : packed.tensors()) {
                    assertEquals(tensor.isMatrix() ? encoding : Encoding.F32, tensor.encoding());
                }
            }
        }
    }

    @Test
    void aTensorThatCannotBePackedIsNamedAndLeavesNoFile() throws IOException {
        GgufBuilder nan =
                new GgufBuilder().tensor("good", new float[64], 32, 2).tensor("bad", new float[] {Float.NaN}, 1, 1);
        assertUnpackable(nan, "'bad'", "NaN");
        GgufBuilder cube = new GgufBuilder().tensor("cube", new float[8], 2, 2, 2);
        assertUnpackable(cube, "'cube'", "vectors and matrices");
    }

    private void assertUnpackable(GgufBuilder model, String tensor, String problem) throws IOException {
        Path gguf = model.write(folder.resolve("bad.gguf"));
        try (GgufFile source = GgufFile.open(gguf)) {
            ModelFormatException fault = assertThrows(
                    ModelFormatException.class,
                    () -> new ModelConverter(2)
                            .convert(
                                    source,
                                    DIGEST,
                                    Optional.empty(),
                                    folder.resolve("bad.dendra"),
                                    ConversionProgress.NONE));
            assertTrue(fault.field().contains(tensor), fault::getMessage);
            assertTrue(fault.toString().contains(problem), fault::getMessage);
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(gguf), files.toList());
        }
    }

    @Test
    void theDefaultModelIsPackedWithoutLoss() throws IOException {
        try (GgufFile source = GgufFile.open(TestModel.require())) {
            PackedModel packed = pack(source, Optional.empty());
            assertEquals(source.tensors().size(), packed.tensors().size());
            for (TensorDescription tensor : packed.tensors()) {
                assertEquals(0.0, tensor.relativeError(), tensor.name());
            }
        }
    }

    private PackedModel pack(GgufFile source, Optional<Encoding> encoding) throws ModelFormatException {
        return new ModelConverter(2)
                .pack(source, encoding, bytes -> OffHeap.allocate(arena, bytes), ConversionProgress.NONE);
    }

    private static void assertSame(ModelSource expected, ModelSource actual) throws ModelFormatException {
        assertEquals(List.copyOf(expected.tensors()), List.copyOf(actual.tensors()));
        for (TensorDescription tensor : expected.tensors()) {
            MemorySegment left = bytes(expected, tensor);
            MemorySegment right = bytes(actual, tensor);
            assertEquals(-1, left.mismatch(right), tensor.name());
        }
    }

    private static MemorySegment bytes(ModelSource model, TensorDescription tensor) throws ModelFormatException {
        return tensor.isMatrix()
                ? model.matrix(tensor.name()).segment()
                : model.vector(tensor.name()).orElseThrow();
    }

    private static GgufBuilder model() {
        byte[] nibbles = new byte[20 * 18];
        byte[] bytes = new byte[34 * 5];
        for (int i = 0; i < 18; i++) {
            Arrays.fill(nibbles, i * 20, i * 20 + 20, (byte) (0x21 + i));
        }
        for (int i = 0; i < 5; i++) {
            Arrays.fill(bytes, i * 34, i * 34 + 34, (byte) (0x22 + i));
        }
        return new GgufBuilder()
                .string("general.architecture", "llama")
                .tensor("token_embd.weight", GgmlType.Q8_0, bytes, 32, 5)
                .tensor("blk.0.attn_q.weight", GgmlType.Q4_1, nibbles, 32, 18)
                .tensor("rope_freqs.weight", GgmlType.F16, new byte[] {0, 0x38, 0, 0x3C}, 2)
                .tensor("output_norm.weight", new float[] {1, 2.5f, 3}, 3);
    }
}
