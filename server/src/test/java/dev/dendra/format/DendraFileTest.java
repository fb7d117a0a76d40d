// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DendraFileTest {
    private static final long SEED = 20250103;
    private static final int MUTATIONS = 10_000;
    private static final Provenance PROVENANCE = new Provenance("m.gguf", "a".repeat(64), "dendra", "pack");

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void write() throws IOException {
        path = folder.resolve("m.dendra");
        List<PlacedTensor> plan = plan();
        try (Arena arena = Arena.ofConfined();
                DendraFileWriter writer = DendraFileWriter.create(path, PROVENANCE, metadata(), plan)) {
            for (int i = 0; i < plan.size(); i++) {
                writer.write(tensor(arena, plan.get(i).tensor().bytes(), i), i / 3.0);
            }
            writer.commit();
        }
    }

    @Test
    void givesBackWhatWasWritten() throws IOException {
        try (DendraFile file = DendraFile.open(path);
                Arena arena = Arena.ofConfined()) {
            assertEquals(PROVENANCE, file.provenance());
            Map<String, Object> expected = metadata().values();
            assertEquals(expected.keySet(), file.metadata().values().keySet());
            assertEquals(expected.get("text"), file.metadata().string("text"));
            assertEquals(-5L, file.metadata().values().get("integer"));
            assertEquals(1e-5, file.metadata().number("number"));
            assertEquals(Double.POSITIVE_INFINITY, file.metadata().values().get("infinite"));
            assertTrue(file.metadata().flagOr("flag", false));
            assertEquals(expected.get("strings"), file.metadata().strings("strings"));
            assertEquals(List.of(), file.metadata().strings("no strings"));
            assertArrayEquals(new long[] {1, Long.MIN_VALUE}, file.metadata().integers("integers"));
            assertArrayEquals(
                    new double[] {1, Double.NaN, -0.5}, file.metadata().numbers("numbers"));
            assertArrayEquals(new boolean[] {true, false}, (boolean[])
                    file.metadata().values().get("flags"));

            assertEquals(
                    List.of(0.0, 1 / 3.0, 2 / 3.0),
                    file.tensors().stream()
                            .map(TensorDescription::relativeError)
                            .toList());
            PackedMatrix matrix = file.matrix("w");
            assertEquals(Encoding.U4G32, matrix.encoding());
            assertEquals(17, matrix.rows());
            assertEquals(70, matrix.columns());
            assertEquals(
                    -1, matrix.segment().mismatch(tensor(arena, matrix.layout().bytes(), 0)));
            MemorySegment vector = file.vector("norm").orElseThrow();
            assertEquals(5 * Float.BYTES, vector.byteSize());
            assertEquals(-1, vector.mismatch(tensor(arena, 20, 1)));
            assertEquals(matrix.layout().bytes() + 20 + 1088, file.weightBytes());
            file.verify();
        }
    }

    @Test
    void asksForTensorsOfTheRightKind() throws IOException {
        try (DendraFile file = DendraFile.open(path)) {
            assertTrue(file.contains("w"));
            assertTrue(file.vector("absent").isEmpty());
            assertThrows(ModelFormatException.class, () -> file.matrix("absent"));
            assertThrows(ModelFormatException.class, () -> file.matrix("norm"));
            assertThrows(ModelFormatException.class, () -> file.vector("w"));
        }
    }

    @Test
    void aCopyInOtherMemoryIsTheSameModel() throws IOException {
        try (DendraFile file = DendraFile.open(path);
                Arena arena = Arena.ofConfined()) {
            PackedModel copy =
                    PackedModel.copyOf(file, bytes -> OffHeap.allocate(arena, bytes), (from, to) -> to.copyFrom(from));
            assertEquals(List.copyOf(file.tensors()), List.copyOf(copy.tensors()));
            assertEquals(
                    -1, copy.matrix("x").segment().mismatch(file.matrix("x").segment()));
            assertEquals(
                    -1,
                    copy.vector("norm")
                            .orElseThrow()
                            .mismatch(file.vector("norm").orElseThrow()));
        }
    }

    @Test
    void verifyNamesTheDamagedTensor() throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        bytes[bytes.length - 1] ^= 1;
        Files.write(path, bytes);
        try (DendraFile file = DendraFile.open(path)) {
            ModelFormatException fault = assertThrows(ModelFormatException.class, file::verify);
            assertTrue(fault.field().contains("'x'"), fault::getMessage);
        }
    }

    @Test
    void refusesDamagedFiles() throws IOException {
        byte[] sound = Files.readAllBytes(path);
        assertFault("magic", with(sound, 0, (byte) 'G'));
        assertFault("version", with(sound, 4, (byte) 1));
        assertFault("manifest length", with(sound, 15, (byte) 0x7F));
        assertFault("manifest", with(sound, 10, (byte) 7));
        assertFault("offset", Arrays.copyOf(sound, sound.length - 1));
        assertFault("file size", Arrays.copyOf(sound, sound.length + 64));
        assertFault("twice", edited(sound, "\"norm\"", "\"w\"   "));
        assertFault("encoding", edited(sound, "\"u4g32\"", "\"u5g32\""));
        assertFault("pattern", edited(sound, "\"dense\"", "\"dence\""));
        assertFault("its shape needs", edited(sound, "[17,70]", "[33,70]"));
        assertFault("sha256", edited(sound, "sha256\":\"", "sha256\":\"Z"));
        assertFault("source", edited(sound, "sourceFile", "sourceFill"));
        assertFault("is missing", edited(sound, "metadata", "metadatA"));
        String offset = "\"offset\":" + plan().get(1).offset();
        assertFault("overlaps", edited(sound, offset, "\"offset\":64" + " ".repeat(offset.length() - 11)));
        assertFault("not a multiple", edited(sound, offset, "\"offset\":65" + " ".repeat(offset.length() - 11)));
        assertFault("depth", edited(sound, "\"metadata\":{", "\"metadatA\":" + "[".repeat(40)));
    }

    @Test
    void mutationsAndTruncationsAreHandled() throws IOException {
        byte[] sound = Files.readAllBytes(path);
        int header = (int)
                (16 + ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getLong(8));
        HostileInput hostile = new HostileInput();
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < MUTATIONS; i++) {
            hostile.feed(this::parse, HostileInput.mutate(sound, header, random), "mutation " + i);
        }
        assertTrue(hostile.refused() > MUTATIONS / 4, () -> hostile.refused() + " refused");
        int before = hostile.refused();
        for (int length = 0; length < header; length += 7) {
            hostile.feed(this::parse, Arrays.copyOf(sound, length), "length " + length);
        }
        assertEquals((header + 6) / 7, hostile.refused() - before);
    }

    @Test
    void anUnfinishedFileLeavesNothing() throws IOException {
        try (DendraFileWriter writer =
                DendraFileWriter.create(folder.resolve("other.dendra"), PROVENANCE, metadata(), plan())) {
            assertThrows(IllegalStateException.class, writer::commit);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(path), files.toList());
        }
    }

    private void parse(byte[] bytes) throws ModelFormatException {
        DendraFile.read(path, MemorySegment.ofArray(bytes));
    }

    private void assertFault(String expected, byte[] bytes) {
        ModelFormatException fault = assertThrows(ModelFormatException.class, () -> parse(bytes));
        assertTrue(fault.toString().contains(expected), fault::getMessage);
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] changed = bytes.clone();
        changed[at] = value;
        return changed;
    }

    /** Replaces the first occurrence of a text by one of the same length; what a longer one adds overwrites what follows. */
    private static byte[] edited(byte[] bytes, String from, String to) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(from);
        assertFalse(at < 0, from);
        byte[] changed = bytes.clone();
        byte[] replacement = to.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(replacement, 0, changed, at, replacement.length);
        return changed;
    }

    private static List<PlacedTensor> plan() {
        return PlacedTensor.inSequence(List.of(
                new TensorDescription("w", Encoding.U4G32, List.of(17, 70), "Q4_1", 0),
                new TensorDescription("norm", Encoding.F32, List.of(5), "F32", 0),
                new TensorDescription("x", Encoding.I8G32, List.of(1, 1), "Q8_0", 0)));
    }

    private static MemorySegment tensor(Arena arena, long bytes, int seed) {
        SplittableRandom random = new SplittableRandom(SEED + seed);
        MemorySegment segment = OffHeap.allocate(arena, bytes).asSlice(0, bytes);
        for (long i = 0; i < bytes; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        return segment;
    }

    private static ModelMetadata metadata() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("text", "long long long long long long long long \u20AC \uD83D\uDE00 \" \\ \u0000");
        values.put("integer", -5L);
        values.put("number", 1e-5);
        values.put("infinite", Double.POSITIVE_INFINITY);
        values.put("flag", true);
        values.put("strings", List.of("Ġa", "", "\n"));
        values.put("no strings", List.of());
        values.put("integers", new long[] {1, Long.MIN_VALUE});
        values.put("numbers", new double[] {1, Double.NaN, -0.5});
        values.put("flags", new boolean[] {true, false});
        return new ModelMetadata("m.gguf", values);
    }
}
