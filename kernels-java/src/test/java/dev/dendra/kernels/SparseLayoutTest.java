// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.reference.PanelReader;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.PanelMasks;
import dev.dendra.sparse.SparseCheck;
import dev.dendra.sparse.SparseLayout;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is packed sparse reads as the masked weights, lies where the table says, and damage to it is found. */
final class SparseLayoutTest {
    private static final int[][] SHAPES = {{1, 1}, {16, 64}, {17, 65}, {33, 97}, {48, 192}, {5, 576}, {31, 130}};
    private static final double[] DENSITIES = {0, 0.06, 0.5, 0.9, 1};

    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    void readsAsTheMaskedWeights(Pattern pattern, Encoding encoding) {
        for (int[] shape : SHAPES) {
            for (double density : DENSITIES) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    PackedMatrix dense = SparseCases.dense(cases, encoding, shape[0], shape[1], false);
                    BlockMask mask = SparseCases.mask(cases, pattern, shape[0], shape[1], density);
                    PackedMatrix sparse = SparsePacker.pack(dense, mask, arena);
                    String label = cases.label(
                            "%s %s [%d, %d] at %s", pattern.id(), encoding.id(), shape[0], shape[1], density);
                    PanelReader weights = new PanelReader(dense);
                    PanelReader read = new PanelReader(sparse);
                    for (int n = 0; n < shape[0]; n++) {
                        for (int k = 0; k < shape[1]; k++) {
                            float expected = mask.isLiveWeight(n, k) ? weights.weight(n, k) : 0;
                            assertEquals(expected, read.weight(n, k), 0, label + " weight " + n + ", " + k);
                        }
                    }
                    long live = Math.round(mask.density() * shape[0] * shape[1]);
                    assertEquals(live, SparseCheck.liveWeights(sparse), label);
                }
            }
        }
    }

    /** Worked through by hand: output 2 of a panel, inputs 8 to 11 of 1x4 in i8, behind one live quad of output 0. */
    @Test
    void aQuadLiesBehindThoseBeforeIt() {
        try (Arena arena = Arena.ofConfined()) {
            PanelLayout layout = new PanelLayout(Encoding.I8, 16, 64);
            PackedMatrix dense = new PackedMatrix("w", layout, arena.allocate(layout.bytes(), 64));
            PanelWriter writer = new PanelWriter(dense);
            BlockMask mask = new BlockMask(Pattern.QUADS, 16, 64);
            mask.set(0, 2, true);
            mask.set(2, 2, true);
            for (int j = 0; j < 4; j++) {
                writer.setCode(0, 8 + j, 10 + j);
                writer.setCode(2, 8 + j, 20 + j);
            }
            writer.setScale(2, 0, 0.5f);
            MemorySegment bytes = SparsePacker.pack(dense, mask, arena).segment();
            // 64 of offsets, 64 of masks, 64 of scales, 8 of codes padded to 64, 64 of tail.
            assertEquals(5 * 64, bytes.byteSize());
            assertEquals(64, bytes.get(ValueLayout.JAVA_LONG, 0));
            assertEquals(256, bytes.get(ValueLayout.JAVA_LONG, 8));
            assertEquals(0b101, bytes.get(ValueLayout.JAVA_SHORT, 64 + 2 * 2));
            assertEquals(0.5f, bytes.get(ValueLayout.JAVA_FLOAT, 128 + 2 * 4));
            for (int j = 0; j < 4; j++) {
                assertEquals(10 + j, bytes.get(ValueLayout.JAVA_BYTE, 192 + j));
                assertEquals(20 + j, bytes.get(ValueLayout.JAVA_BYTE, 196 + j));
            }
        }
    }

    /** Bits a weight as published: 4.25 for i8 in 1x4 at one half, 5 in 1x1. */
    @Test
    void halfTheQuadsOfInt8TakeFourAndAQuarterBits() {
        assertEquals(4.25, bitsAWeight(Pattern.QUADS, Encoding.I8), 0.05);
        assertEquals(5, bitsAWeight(Pattern.UNSTRUCTURED, Encoding.I8), 0.05);
        assertEquals(4, bitsAWeight(Pattern.LINES, Encoding.I8), 0.05);
        assertEquals(4, bitsAWeight(Pattern.TILES, Encoding.I8), 0.05);
    }

    private static double bitsAWeight(Pattern pattern, Encoding encoding) {
        int n = 256;
        int k = 8192;
        BlockMask mask = new BlockMask(pattern, n, k);
        for (int row = 0; row < mask.rowBlocks(); row++) {
            for (int column = row % 2; column < mask.columnBlocks(); column += 2) {
                mask.set(row, column, true);
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            PanelLayout layout = new PanelLayout(encoding, n, k);
            PackedMatrix dense = new PackedMatrix("w", layout, arena.allocate(layout.bytes(), 64));
            long scales = n / 16 * 64L;
            long bytes = SparsePacker.pack(dense, mask, arena).segment().byteSize();
            return (bytes - scales) * 8.0 / ((double) n * k);
        }
    }

    @Test
    void minimaThatArePartOfTheWeightsAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            PackedMatrix dense = cases.weights(Encoding.U4G32, 20, 70);
            BlockMask mask = new BlockMask(Pattern.QUADS, 20, 70);
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> SparsePacker.pack(dense, mask, arena));
            assertTrue(refused.toString().contains("minima of -8 times the scale"), refused::toString);
        }
    }

    /** Whatever is done to offsets and masks: either it is refused, or every panel still lies inside of the bytes. */
    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    void damageIsFoundOrHarmless(Pattern pattern, Encoding encoding) {
        SplittableRandom random = new SplittableRandom(20260101);
        int refused = 0;
        int mutations = 700;
        for (int i = 0; i < mutations; i++) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                PackedMatrix sparse = SparseCases.sparse(arena, cases, encoding, pattern, 37, 150, 0.5, false);
                PackedMatrix damaged = damage(sparse, random, arena);
                try {
                    SparseCheck.liveWeights(damaged);
                    assertPanelsInside(damaged);
                } catch (IllegalArgumentException expected) {
                    refused++;
                }
            }
        }
        assertTrue(refused > mutations / 2, refused + " of " + mutations + " were refused");
    }

    private static PackedMatrix damage(PackedMatrix sparse, SplittableRandom random, Arena arena) {
        SparseLayout layout = SparseLayout.of(sparse);
        long size = sparse.segment().byteSize();
        if (random.nextInt(4) == 0) {
            long cut = random.nextLong(0, size);
            return view(sparse, sparse.segment().asSlice(0, cut), arena);
        }
        MemorySegment bytes = sparse.segment();
        int panel = random.nextInt(sparse.layout().panels());
        long masks = layout.panelOffset(bytes, panel);
        switch (random.nextInt(3)) {
            case 0 -> {
                long entry = random.nextInt(sparse.layout().panels() + 1) * 8L;
                bytes.set(
                        ValueLayout.JAVA_LONG, entry, random.nextBoolean() ? random.nextLong() : random.nextLong(size));
            }
            case 1 -> {
                long at = masks + random.nextLong(Math.ceilDiv(layout.maskBits(), 8L));
                bytes.set(ValueLayout.JAVA_BYTE, at, (byte)
                        (bytes.get(ValueLayout.JAVA_BYTE, at) ^ (1 << random.nextInt(8))));
            }
            default ->
                bytes.set(ValueLayout.JAVA_BYTE, masks + random.nextLong(layout.maskBytes()), (byte) random.nextInt());
        }
        return sparse;
    }

    private static PackedMatrix view(PackedMatrix sparse, MemorySegment bytes, Arena arena) {
        MemorySegment copy =
                arena.allocate(Math.max(64, bytes.byteSize()), 64).asSlice(0, Math.max(64, bytes.byteSize()));
        copy.asSlice(0, bytes.byteSize()).copyFrom(bytes);
        return new PackedMatrix(sparse.name(), sparse.layout(), sparse.pattern(), copy);
    }

    private static void assertPanelsInside(PackedMatrix matrix) {
        SparseLayout layout = SparseLayout.of(matrix);
        PanelMasks masks = new PanelMasks(layout);
        List<Long> offsets = new ArrayList<>();
        for (int panel = 0; panel <= matrix.layout().panels(); panel++) {
            offsets.add(layout.panelOffset(matrix.segment(), panel));
        }
        for (int panel = 0; panel < matrix.layout().panels(); panel++) {
            masks.read(matrix.segment(), offsets.get(panel));
            long end = offsets.get(panel) + masks.panelBytes();
            assertTrue(end <= offsets.get(panel + 1)
                    && end + SparseLayout.TAIL_BYTES <= matrix.segment().byteSize());
        }
    }
}
