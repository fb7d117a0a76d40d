// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.MatmulSlice;
import dev.dendra.kernels.Tuning;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tuning of the AMX kernels themselves, compiled to portable C, by a clock that counts how often it is asked. */
class EmulatedTuningTest {
    private static final List<MatmulSlice> MODEL =
            List.of(new MatmulSlice(Encoding.U4G32, 64, 2, 3), new MatmulSlice(Encoding.I8, 192, 1, 1));

    private static NativeLibrary library;

    private final AtomicLong clock = new AtomicLong();
    private final MemoryStore store = new MemoryStore();

    @BeforeAll
    static void open() throws Exception {
        CBuild.requireSimde();
        library = NativeLibrary.open(
                BuiltLibrary.locator(CBuild.make("library-emulated", "emulated", LibraryLocator.FILE_NAME)));
        assertEquals(NativeTier.AMX, library.detect(NativeTier.AMX).tier());
    }

    @AfterAll
    static void close() {
        if (library != null) {
            library.close();
        }
    }

    /** Every call takes one tick, so that tiles are as fast as dot products from the first row on. */
    @Test
    void timesTheKernelsKeepsTheResultAndFindsItAgain() {
        NativeKernels kernels = new NativeKernels(library, NativeTier.AMX, TileThresholds.BUILT_IN);
        EnumSet<ActivationPrecision> all = EnumSet.allOf(ActivationPrecision.class);

        Tuning first = kernels.tuned(MODEL, all, store, clock::getAndIncrement);
        Tuning second = kernels.tuned(MODEL, all, store, clock::getAndIncrement);

        assertEquals(
                List.of(
                        "tiles for u4g32 x i16, K 64, from 1 rows (measured)",
                        "tiles for u4g32 x i8, K 64, from 1 rows (measured)",
                        "tiles for i8 x i16, K 192, from 1 rows (measured)",
                        "tiles for i8 x i8, K 192, from 1 rows (measured)",
                        "bf16 activations from 8 rows (measured)"),
                first.findings());
        assertEquals(
                first.findings().stream()
                        .map(finding -> finding.replace("(measured)", "(measured at an earlier start)"))
                        .toList(),
                second.findings());
        assertEquals(1, store.keeps);
        assertEquals(8, second.kernels().bfloat16RowsFrom());
    }

    @Test
    void belowAmxThereIsNothingToMeasure() {
        NativeKernels kernels = new NativeKernels(library, NativeTier.AVX512, TileThresholds.BUILT_IN);

        Tuning tuning = kernels.tuned(MODEL, EnumSet.allOf(ActivationPrecision.class), store, clock::getAndIncrement);

        assertSame(kernels, tuning.kernels());
        assertEquals(List.of(), tuning.findings());
        assertEquals(0, clock.get());
        assertEquals(0, store.recalls + store.keeps);
    }

    @ParameterizedTest
    @CsvSource({"I8,I8,0", "I8,I16,0", "I8G32,I16,32", "U4G32,I8,32", "U4G32,I16,32"})
    void noThresholdChangesAResult(Encoding encoding, ActivationPrecision precision, int group) {
        Random random = new Random(11);
        try (Arena arena = Arena.ofConfined()) {
            PanelLayout layout = new PanelLayout(encoding, 48, 128);
            PackedMatrix w = new PackedMatrix("w", layout, OffHeap.allocate(arena, layout.bytes()));
            for (long i = 0; i < layout.bytes(); i++) {
                // Any byte is a code; as scales these are finite numbers.
                w.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (0x30 + random.nextInt(0x10)));
            }
            int rows = 19;
            FloatMatrix x = FloatMatrix.allocate(arena, rows, 128);
            for (int i = 0; i < rows * 128; i++) {
                x.set(i / 128, i % 128, random.nextFloat(-1, 1));
            }
            QuantizedMatrix codes = QuantizedMatrix.allocate(arena, precision, rows, 128, group);
            byte[] expected = null;
            for (int rowsFrom : new int[] {Tuning.NEVER, 1, rows, rows + 1}) {
                Kernels kernels = new NativeKernels(library, NativeTier.AMX, TileThresholds.integers(rowsFrom));
                kernels.quantizeRows(x, codes, 0, rows);
                FloatMatrix y = FloatMatrix.allocate(arena, rows, 48);
                kernels.matmul(w, codes, y, rows, 0, 3, OffHeap.allocate(arena, kernels.scratchBytes()));
                byte[] result = y.segment().toArray(ValueLayout.JAVA_BYTE);
                if (expected == null) {
                    expected = result;
                }
                assertArrayEquals(expected, result, "tiles from " + rowsFrom + " rows");
            }
        }
    }
}
