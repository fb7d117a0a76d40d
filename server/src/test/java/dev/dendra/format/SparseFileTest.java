// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparseExpansion;
import dev.dendra.sparse.SparseLayout;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sparse matrices in a {@code .dendra} file: what is written comes back, and what is damaged never reaches a kernel. */
class SparseFileTest {
    private static final long SEED = 20261125;
    private static final int MUTATIONS = 12_000;
    private static final int ROWS = 35;
    private static final int COLUMNS = 150;
    private static final Sparsification SPARSIFICATION = new Sparsification(
            "sparsegpt",
            Pattern.QUADS,
            0.5,
            0.5,
            "text.txt",
            "b".repeat(64),
            Optional.of(new Sparsification.Quality("literature", "c".repeat(64), 1000, 12.5, 13)));
    private static final Provenance PROVENANCE =
            new Provenance("m.gguf", "a".repeat(64), "dendra", "sparsify", Optional.of(SPARSIFICATION));

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofAuto();
    private final List<PackedMatrix> matrices = new ArrayList<>();
    private Path path;

    @BeforeEach
    void write() throws IOException {
        path = folder.resolve("m.dendra");
        List<TensorDescription> tensors = new ArrayList<>();
        for (Pattern pattern : Pattern.values()) {
            if (pattern.isSparse()) {
                BlockMask mask = everyThirdBlockDead(pattern);
                PackedMatrix matrix = sparse(pattern.id(), mask);
                matrices.add(matrix);
                tensors.add(new TensorDescription(
                        pattern.id(),
                        Encoding.I8G32,
                        pattern,
                        mask.density(),
                        List.of(ROWS, COLUMNS),
                        matrix.segment().byteSize(),
                        "Q8_0",
                        0));
            }
        }
        try (DendraFileWriter writer = DendraFileWriter.create(
                path, PROVENANCE, new ModelMetadata("m.gguf", Map.of()), PlacedTensor.inSequence(tensors))) {
            for (PackedMatrix matrix : matrices) {
                writer.write(matrix.segment(), 0);
            }
            writer.commit();
        }
    }

    @Test
    void givesBackWhatWasWritten() throws IOException {
        try (DendraFile file = DendraFile.open(path)) {
            assertEquals(PROVENANCE, file.provenance());
            assertEquals(1.04, SPARSIFICATION.quality().orElseThrow().ratio());
            for (PackedMatrix written : matrices) {
                PackedMatrix read = file.matrix(written.name());
                assertEquals(written.pattern(), read.pattern());
                assertEquals(-1, written.segment().mismatch(read.segment()));
            }
            PackedModel copy =
                    PackedModel.copyOf(file, bytes -> arena.allocate(bytes, 64), (from, to) -> to.copyFrom(from));
            assertEquals(Pattern.TILES, copy.matrix("16x64").pattern());
            file.verify();
        }
    }

    @Test
    void refusesWhatItsMasksContradict() throws IOException {
        byte[] sound = Files.readAllBytes(path);
        long data = dataStart(sound);
        // The first tensor is 1x1; its first panel's masks follow the table of four offsets.
        assertFault("is said to start at 0", with(sound, data, (byte) 0), "1x1");
        assertFault("panel", with(sound, data + 64, (byte) (sound[(int) data + 64] ^ 1)), "1x1");
        assertFault(
                "said to be",
                edited(sound, "\"pattern\":\"1x1\",\"density\":0.6", "\"pattern\":\"1x1\",\"density\":0.5"),
                "1x1");
        assertFault("'1x1'", edited(sound, "\"pattern\":\"1x1\"", "\"pattern\":\"1x4\""), "1x1");
    }

    @Test
    void refusesDensitiesOutOfRange() {
        for (double density : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new TensorDescription(
                            "w", Encoding.I8, Pattern.QUADS, density, List.of(16, 64), 1 << 20, "F32", 0));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new TensorDescription("w", Encoding.F32, Pattern.QUADS, 1, List.of(16, 64), 1 << 20, "F32", 0));
    }

    /** Where damage is not found, a reader that checks every access stays inside of the tensor. */
    @Test
    void mutationsAreRefusedOrHarmless() throws IOException {
        byte[] sound = Files.readAllBytes(path);
        HostileInput hostile = new HostileInput();
        SplittableRandom random = new SplittableRandom(SEED);
        int data = (int) dataStart(sound);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] damaged = sound.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                // Tables and masks are a small part of the tensors, so half of the changes aim at them.
                int matrix = random.nextInt(matrices.size());
                long at = random.nextBoolean()
                        ? data + random.nextLong(damaged.length - data)
                        : maskOrOffset(matrix, random, data);
                damaged[(int) at] = (byte) random.nextInt();
            }
            hostile.feed(this::readAll, damaged, "mutation " + i);
        }
        assertTrue(hostile.refused() > MUTATIONS / 4, () -> hostile.refused() + " refused");
    }

    private long maskOrOffset(int index, SplittableRandom random, int data) {
        long start = data;
        for (PackedMatrix before : matrices.subList(0, index)) {
            start += before.segment().byteSize();
        }
        PackedMatrix matrix = matrices.get(index);
        SparseLayout layout = SparseLayout.of(matrix);
        if (random.nextBoolean()) {
            return start + random.nextLong(layout.tableBytes());
        }
        int panel = random.nextInt(matrix.layout().panels());
        return start + layout.panelOffset(matrix.segment(), panel) + random.nextLong(layout.maskBytes());
    }

    private void readAll(byte[] bytes) throws ModelFormatException {
        MemorySegment file = arena().allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
        DendraFile read = DendraFile.read(path, file);
        for (TensorDescription tensor : read.tensors()) {
            SparseExpansion.dense(read.matrix(tensor.name()), arena());
        }
    }

    private static Arena arena() {
        return Arena.ofAuto();
    }

    private void assertFault(String expected, byte[] bytes, String tensor) {
        MemorySegment file = arena.allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
        ModelFormatException fault = assertThrows(
                ModelFormatException.class, () -> DendraFile.read(path, file).matrix(tensor));
        assertTrue(fault.toString().contains(expected), fault::toString);
    }

    private static long dataStart(byte[] file) {
        return 16 + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
    }

    private static byte[] with(byte[] bytes, long at, byte value) {
        byte[] changed = bytes.clone();
        changed[(int) at] = value;
        return changed;
    }

    private static byte[] edited(byte[] bytes, String from, String to) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertTrue(text.contains(from), from);
        return text.replaceFirst(java.util.regex.Pattern.quote(from), to).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static BlockMask everyThirdBlockDead(Pattern pattern) {
        BlockMask mask = new BlockMask(pattern, ROWS, COLUMNS);
        for (int row = 0; row < mask.rowBlocks(); row++) {
            for (int column = 0; column < mask.columnBlocks(); column++) {
                mask.set(row, column, (row + column) % 3 != 0);
            }
        }
        return mask;
    }

    private PackedMatrix sparse(String name, BlockMask mask) {
        SplittableRandom random = new SplittableRandom(SEED);
        PanelLayout layout = new PanelLayout(Encoding.I8G32, ROWS, COLUMNS);
        MemorySegment bytes = arena.allocate(layout.bytes(), 64);
        for (long at = 0; at < bytes.byteSize(); at++) {
            bytes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        return SparsePacker.pack(new PackedMatrix(name, layout, bytes), mask, arena);
    }
}
