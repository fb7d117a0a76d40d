// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
    @TempDir
    Path folder;

    @Test
    void readsMetadataOfEveryKind() throws IOException {
        GgufBuilder builder = new GgufBuilder()
                .string("general.architecture", "llama")
                .uint32("count", -1)
                .float32("epsilon", 0.5f)
                .raw("flag", 7, (byte) 1)
                .raw("u8", 0, (byte) 200)
                .raw("i8", 1, (byte) -3)
                .raw("i64", 11, new byte[] {-2, -1, -1, -1, -1, -1, -1, -1})
                .strings("tokens", List.of("a", "Ġb", "\uD83D\uDE00", "\uFFFD"))
                .int32s("types", 1, -2, 3)
                .float32s("scores", 0.25f, -1f);
        try (GgufFile file = GgufFile.open(builder.write(folder.resolve("m.gguf")))) {
            ModelMetadata metadata = file.metadata();
            assertEquals("llama", metadata.string("general.architecture"));
            assertEquals(4294967295L, metadata.values().get("count"));
            assertEquals(0.5, metadata.number("epsilon"));
            assertTrue(metadata.flagOr("flag", false));
            assertEquals(200, metadata.integer("u8", 0, 255));
            assertEquals(-3, metadata.integer("i8", -128, 127));
            assertEquals(-2L, metadata.values().get("i64"));
            assertEquals(List.of("a", "Ġb", "\uD83D\uDE00", "\uFFFD"), metadata.strings("tokens"));
            assertArrayEquals(new long[] {1, -2, 3}, metadata.integers("types"));
            assertArrayEquals(new double[] {0.25, -1}, metadata.numbers("scores"));
        }
    }

    @Test
    void givesTensorsTheirShapeAndBytes() throws IOException {
        GgufBuilder builder = new GgufBuilder()
                .tensor("first", new float[] {1, 2, 3}, 3)
                .tensor("second", new float[] {4, 5, 6, 7, 8, 9}, 3, 2);
        try (GgufFile file = GgufFile.open(builder.write(folder.resolve("m.gguf")))) {
            assertEquals(2, file.tensors().size());
            GgufTensor second = file.tensor("second").orElseThrow();
            assertEquals(3, second.columns());
            assertEquals(2, second.rows());
            assertEquals(24, second.data().byteSize());
            assertEquals(9f, second.data().get(ValueLayout.JAVA_FLOAT, 20));
            assertFalse(file.tensor("third").isPresent());
        }
    }

    @Test
    void refusesForeignFilesByName() {
        assertFault("magic", "GGUF", new byte[] {'G', 'G', 'M', 'L', 0, 0, 0, 0});
        assertFault("magic", "0 left", new byte[0]);
        byte[] bigEndian = new GgufBuilder().bytes();
        bigEndian[4] = 0;
        bigEndian[7] = 3;
        assertFault("version", "big-endian", bigEndian);
        byte[] old = new GgufBuilder().bytes();
        old[4] = 1;
        assertFault("version", "is 1, expected 2 or 3", old);
    }

    @Test
    void refusesUnsoundMetadata() {
        assertFault(
                "'a'", "twice", new GgufBuilder().uint32("a", 1).uint32("a", 2).bytes());
        assertFault(
                "'a'",
                "arrays of arrays",
                new GgufBuilder()
                        .raw("a", 9, new byte[] {9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
                        .bytes());
        assertFault(
                "'a' type",
                "unknown value type 13",
                new GgufBuilder().raw("a", 13, (byte) 0).bytes());
        assertFault(
                "'a'", "boolean is 2", new GgufBuilder().raw("a", 7, (byte) 2).bytes());
        assertFault(
                "'a'",
                "not UTF-8",
                new GgufBuilder()
                        .raw("a", 8, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, (byte) 0xC3, 0x28})
                        .bytes());
        assertFault("metadata key 0", "empty", new GgufBuilder().uint32("", 1).bytes());
        assertFault(
                "alignment",
                "power of two",
                new GgufBuilder().uint32("general.alignment", 48).bytes());
        assertFault(
                "alignment",
                "is 0",
                new GgufBuilder().uint32("general.alignment", 0).bytes());
    }

    @Test
    void refusesUnsoundTensors() {
        float[] one = {1};
        assertFault(
                "'t'",
                "twice",
                new GgufBuilder().tensor("t", one, 1).tensor("t", one, 1).bytes());
        assertFault(
                "'u' offset",
                "overlaps tensor 't'",
                new GgufBuilder()
                        .tensor("t", new float[16], 16)
                        .tensorInfo("u", 0, 32, 1)
                        .bytes());
        assertFault(
                "'t' type",
                "Q2_K is not supported",
                new GgufBuilder().tensorInfo("t", 10, 0, 256).bytes());
        assertFault(
                "'t' type",
                "number 77",
                new GgufBuilder().tensorInfo("t", 77, 0, 256).bytes());
        assertFault(
                "'t' dimension 0",
                "multiple of 32",
                new GgufBuilder().tensorInfo("t", 2, 0, 33).bytes());
        assertFault(
                "'t' dimension 1",
                "is 0",
                new GgufBuilder().tensorInfo("t", 0, 0, 1, 0).bytes());
        assertFault(
                "'t' dimensions",
                "are 0",
                new GgufBuilder().tensorInfo("t", 0, 0).bytes());
        assertFault(
                "'t' dimensions",
                "are 5",
                new GgufBuilder().tensorInfo("t", 0, 0, 1, 1, 1, 1, 1).bytes());
        assertFault(
                "'t' dimensions",
                "more than 2^63",
                new GgufBuilder().tensorInfo("t", 0, 0, 1L << 31, 1L << 31, 4).bytes());
        assertFault(
                "'t' offset",
                "not a multiple of 32",
                new GgufBuilder()
                        .tensor("s", new float[64], 64)
                        .tensorInfo("t", 0, 4, 1)
                        .bytes());
        assertFault(
                "'t' offset",
                "do not fit",
                new GgufBuilder().tensorInfo("t", 0, 0, 1).bytes());
        assertFault(
                "'t' offset",
                "do not fit",
                new GgufBuilder().tensorInfo("t", 0, -32, 1).bytes());
    }

    @Test
    void aMissingFileIsNoFormatFault() {
        IOException missing = assertThrows(IOException.class, () -> GgufFile.open(folder.resolve("none.gguf")));
        assertFalse(missing instanceof ModelFormatException);
    }

    private void assertFault(String field, String problem, byte[] bytes) {
        Path file = folder.resolve("bad.gguf");
        ModelFormatException fault = assertThrows(ModelFormatException.class, () -> {
            Files.write(file, bytes);
            GgufFile.open(file).close();
        });
        assertEquals(file.toString(), fault.file());
        assertTrue(fault.field().contains(field), fault::getMessage);
        assertTrue(fault.toString().contains(problem), fault::getMessage);
    }
}
