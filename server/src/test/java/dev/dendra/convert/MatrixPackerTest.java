// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgmlType;
import dev.dendra.format.GgufTensor;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MatrixPackerTest {
    private static final long SEED = 20250104;
    private static final int[][] SHAPES = {{1, 1}, {16, 64}, {17, 65}, {3, 33}, {33, 7}, {48, 200}};

    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest
    @EnumSource(Encoding.class)
    void weightsLieWhereTheLayoutSaysAndPaddingIsZero(Encoding encoding) {
        for (int[] shape : SHAPES) {
            PanelLayout layout = new PanelLayout(encoding, shape[0], shape[1]);
            float[][] weights = weights(layout);
            MemorySegment packed = OffHeap.allocate(arena, layout.bytes());
            packed.fill((byte) 0x5A);
            double error = new MatrixPacker(2).pack(() -> reader(weights), layout, packed);

            PanelReader panels = new PanelReader(layout, packed);
            double squaredDifferences = 0;
            double squaredWeights = 0;
            for (int row = 0; row < layout.panels() * 16; row++) {
                for (int k = 0; k < layout.paddedColumns(); k++) {
                    if (row < layout.rows() && k < layout.columns()) {
                        float stored = panels.weight(row, k);
                        assertEquals(
                                weights[row][k],
                                stored,
                                bound(encoding, weights[row], k),
                                row + ", " + k + " of " + layout);
                        squaredDifferences += Math.pow((double) weights[row][k] - stored, 2);
                        squaredWeights += Math.pow(weights[row][k], 2);
                    } else {
                        assertPaddingIsZero(panels, layout, row, k);
                    }
                }
            }
            assertEquals(Math.sqrt(squaredDifferences / squaredWeights), error, 1e-9, layout.toString());
        }
    }

    private static void assertPaddingIsZero(PanelReader panels, PanelLayout layout, int row, int k) {
        String where = row + ", " + k + " of " + layout;
        if (layout.encoding().isInteger()) {
            assertEquals(0, panels.code(row, k), where);
        }
        // A group that is only begun has a minimum; activations are zero in the padding, so it does not count.
        boolean groupBegun = row < layout.rows() && k < (layout.columns() + 31) / 32 * 32;
        if (layout.encoding() != Encoding.U4G32 || !groupBegun) {
            assertEquals(0f, panels.weight(row, k), where);
        }
    }

    /** Half a step of the code, and what rounding scale and minimum to half precision adds. */
    private static double bound(Encoding encoding, float[] row, int k) {
        double rowLargest = largest(row, 0, row.length);
        int group = k / 32 * 32;
        double groupLargest = largest(row, group, Math.min(group + 32, row.length));
        return switch (encoding) {
            case F32 -> 0;
            case BF16 -> Math.abs(row[k]) / 256;
            case I8 -> rowLargest / 254 * (1 + 1e-6);
            case I8G32 -> groupLargest / 254 * 1.13 + 1e-7;
            // Least squares may clip an extreme by more than half a step, which is at most a thirtieth of the range.
            case U4G32 -> 2 * groupLargest / 15 * 1.25 + 1e-6;
        };
    }

    private static double largest(float[] row, int from, int to) {
        double largest = 0;
        for (int k = from; k < to; k++) {
            largest = Math.max(largest, Math.abs(row[k]));
        }
        return largest;
    }

    /** Relative errors of normally distributed weights: a uniform error of one step has a deviation of step / sqrt(12). */
    @ParameterizedTest
    @CsvSource({"F32, 0", "BF16, 0.0018", "I8, 0.011", "I8G32, 0.006", "U4G32, 0.08"})
    void theErrorIsWhatTheEncodingCosts(Encoding encoding, double most) {
        PanelLayout layout = new PanelLayout(encoding, 64, 512);
        float[][] weights = weights(layout);
        double error = new MatrixPacker(1).pack(() -> reader(weights), layout, OffHeap.allocate(arena, layout.bytes()));
        assertTrue(error <= most, encoding + ": " + error);
        assertTrue(error >= most / 2, encoding + ": " + error + " is too good to be true");
    }

    @ParameterizedTest
    @CsvSource({
        "Q4_0, U4G32",
        "Q4_1, U4G32",
        "Q4_0, I8G32",
        "Q5_0, I8G32",
        "Q8_0, I8G32",
        "F32, F32",
        "BF16, BF16",
        "F16, F32"
    })
    void keepsEveryWeightWhereItCan(GgmlType type, Encoding encoding) {
        GgufTensor tensor = tensor(type, 35, 96, 0x2FFF);
        PanelLayout layout = new PanelLayout(encoding, 35, 96);
        MemorySegment packed = OffHeap.allocate(arena, layout.bytes());
        assertEquals(0.0, new MatrixPacker(2).pack(tensor, layout, packed));
        float[] row = new float[96];
        PanelReader panels = new PanelReader(layout, packed);
        for (int n = 0; n < 35; n++) {
            new GgmlDequantizer(tensor).dequantize(n, row);
            for (int k = 0; k < 96; k++) {
                assertEquals(row[k], panels.weight(n, k), 0f, n + ", " + k);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"Q4_K, U4G32, 0.0005", "Q5_1, I8G32, 0.01", "Q5_K, I8G32, 0.01", "Q6_K, I8G32, 0.01", "F16, BF16, 0.003"
    })
    void comesNearWhereItMust(GgmlType type, Encoding encoding, double most) {
        GgufTensor tensor = tensor(type, 20, 512, 0x2FFF);
        PanelLayout layout = new PanelLayout(encoding, 20, 512);
        MemorySegment packed = OffHeap.allocate(arena, layout.bytes());
        double error = new MatrixPacker(2).pack(tensor, layout, packed);
        assertTrue(error > 0 && error < most, type + ": " + error);
        float[] row = new float[512];
        PanelReader panels = new PanelReader(layout, packed);
        double squaredDifferences = 0;
        double squaredWeights = 0;
        for (int n = 0; n < 20; n++) {
            new GgmlDequantizer(tensor).dequantize(n, row);
            for (int k = 0; k < 512; k++) {
                squaredDifferences += Math.pow((double) row[k] - panels.weight(n, k), 2);
                squaredWeights += Math.pow(row[k], 2);
            }
        }
        assertEquals(Math.sqrt(squaredDifferences / squaredWeights), error, 1e-9);
    }

    @ParameterizedTest
    @EnumSource(Encoding.class)
    void theBytesDoNotDependOnTheThreads(Encoding encoding) {
        GgufTensor tensor = tensor(GgmlType.Q6_K, 163, 256, 0x2FFF);
        PanelLayout layout = new PanelLayout(encoding, 163, 256);
        MemorySegment alone = OffHeap.allocate(arena, layout.bytes());
        double error = new MatrixPacker(1).pack(tensor, layout, alone);
        for (int threads : new int[] {2, 3, 16}) {
            MemorySegment together = OffHeap.allocate(arena, layout.bytes());
            assertEquals(error, new MatrixPacker(threads).pack(tensor, layout, together));
            assertEquals(-1, alone.mismatch(together), threads + " threads");
        }
    }

    @ParameterizedTest
    @EnumSource(Encoding.class)
    void refusesWeightsThatAreNotFinite(Encoding encoding) {
        PanelLayout layout = new PanelLayout(encoding, 40, 40);
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[][] weights = weights(layout);
            weights[39][38] = bad;
            UnrepresentableWeightException refusal = assertThrows(
                    UnrepresentableWeightException.class,
                    () -> new MatrixPacker(3)
                            .pack(() -> reader(weights), layout, OffHeap.allocate(arena, layout.bytes())));
            assertTrue(refusal.toString().contains("[39, 38]"), refusal::getMessage);
        }
    }

    @Test
    void refusesScalesBeyondHalfPrecision() {
        for (Encoding encoding : List.of(Encoding.I8G32, Encoding.U4G32)) {
            PanelLayout layout = new PanelLayout(encoding, 1, 32);
            float[][] weights = {new float[32]};
            weights[0][5] = 1e9f;
            assertThrows(
                    UnrepresentableWeightException.class,
                    () -> new MatrixPacker(1)
                            .pack(() -> reader(weights), layout, OffHeap.allocate(arena, layout.bytes())));
        }
    }

    @Test
    void largeScalesTurnQ40IntoSignedBytes() {
        GgufTensor usual = tensor(GgmlType.Q4_0, 2, 32, 0x2FFF);
        assertEquals(Encoding.U4G32, EncodingChoice.of(usual));
        byte[] huge = new byte[18];
        short scale = Float.floatToFloat16(9000);
        huge[0] = (byte) scale;
        huge[1] = (byte) (scale >> 8);
        GgufTensor tensor = new GgufTensor("huge", GgmlType.Q4_0, List.of(32L, 1L), 0, MemorySegment.ofArray(huge));
        assertEquals(Encoding.I8G32, EncodingChoice.of(tensor));
        PanelLayout layout = new PanelLayout(Encoding.I8G32, 1, 32);
        MemorySegment packed = OffHeap.allocate(arena, layout.bytes());
        assertEquals(0.0, new MatrixPacker(1).pack(tensor, layout, packed));
        assertEquals(-8 * 9000f, new PanelReader(layout, packed).weight(0, 0));
    }

    private static WeightRows reader(float[][] weights) {
        return (row, values) -> System.arraycopy(weights[row], 0, values, 0, weights[row].length);
    }

    private static float[][] weights(PanelLayout layout) {
        SplittableRandom random = new SplittableRandom(SEED);
        float[][] weights = new float[layout.rows()][layout.columns()];
        for (float[] row : weights) {
            for (int k = 0; k < row.length; k++) {
                row[k] = (float) random.nextGaussian(0, 0.3);
            }
        }
        return weights;
    }

    /** Random blocks; their bytes are masked where a half-precision number could be infinite. */
    private static GgufTensor tensor(GgmlType type, int rows, int columns, int halfMask) {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] bytes = new byte[(int) (rows * type.rowBytes(columns))];
        random.nextBytes(bytes);
        int block = type.blockBytes();
        for (int at = 0; at < bytes.length; at += block) {
            switch (type) {
                case F32 -> putShort(bytes, at + 2, Float.floatToIntBits((float) random.nextGaussian()) >> 16);
                case BF16 -> putShort(bytes, at, Float.floatToIntBits((float) random.nextGaussian()) >> 16);
                case F16, Q4_0, Q5_0, Q8_0 -> putShort(bytes, at, halfMask & random.nextInt());
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    putShort(bytes, at, halfMask & random.nextInt());
                    putShort(bytes, at + 2, halfMask & random.nextInt());
                }
                case Q6_K -> putShort(bytes, at + 208, halfMask & random.nextInt());
            }
        }
        return new GgufTensor("random", type, List.of((long) columns, (long) rows), 0, MemorySegment.ofArray(bytes));
    }

    private static void putShort(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
    }
}
