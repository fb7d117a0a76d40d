// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.PanelReader;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparseExpansion;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Matrices that were trained sparse and with codes in the loop: masks and codes stay what they are. */
class GivenPrunerTest {
    // The last panel, quad, tile and group are cut short.
    private static final int ROWS = 40;
    private static final int COLUMNS = 270;

    private final Arena arena = Arena.ofAuto();

    private Pruned prune(float[] values, int columns, Pattern pattern, Encoding encoding) {
        WeightMatrix weights = new WeightMatrix("trained", values.length / columns, columns, values);
        PruningRequest request = new PruningRequest(pattern, 1, encoding, false);
        return PruningMethod.GIVEN.pruner(2).prune(weights, null, request, arena);
    }

    /** A matrix on a grid, with the codes that it is made of. */
    private static final class OnGrid {
        final int[] codes = new int[ROWS * COLUMNS];
        final float[] values = new float[ROWS * COLUMNS];

        /** As many blocks live in each row of blocks as chance will have it. */
        OnGrid(Pattern pattern, Encoding encoding, long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            int least = encoding == Encoding.U4G32 ? -8 : -127;
            int largest = encoding == Encoding.U4G32 ? 7 : 127;
            int group = encoding == Encoding.I8 ? COLUMNS : 32;
            BlockMask live = new BlockMask(pattern, ROWS, COLUMNS);
            for (int i = 0; i < live.rowBlocks(); i++) {
                double density = random.nextDouble(0.2, 0.8);
                for (int j = 0; j < live.columnBlocks(); j++) {
                    live.set(i, j, random.nextDouble() < density);
                }
            }
            for (int n = 0; n < ROWS; n++) {
                float scale = 0;
                boolean extreme = false;
                for (int k = 0; k < COLUMNS; k++) {
                    if (k % group == 0) {
                        float any = random.nextFloat(0.0005f, 0.01f);
                        scale = encoding == Encoding.I8 ? any : Float.float16ToFloat(Float.floatToFloat16(any));
                        extreme = false;
                    }
                    if (live.isLiveWeight(n, k)) {
                        // Each scale has its largest code, and one beside it, so that no other grid fits.
                        int code = extreme ? random.nextInt(least, largest + 1) : largest;
                        codes[n * COLUMNS + k] = code;
                        values[n * COLUMNS + k] = code * scale;
                        extreme = true;
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UNSTRUCTURED, I8", "QUADS, I8", "LINES, I8", "TILES, I8",
        "UNSTRUCTURED, I8G32", "QUADS, I8G32", "LINES, U4G32", "TILES, U4G32",
        "UNSTRUCTURED, U4G32", "QUADS, U4G32"
    })
    void codesAndWeightsOnTheGridComeBack(Pattern pattern, Encoding encoding) {
        OnGrid trained = new OnGrid(pattern, encoding, 3);
        Pruned pruned = prune(trained.values, COLUMNS, pattern, encoding);
        assertArrayEquals(trained.values, pruned.weights(), "to the last bit");
        assertEquals(0, pruned.relativeError());
        PackedMatrix served = SparseExpansion.dense(SparsePacker.pack(pruned.dense(), pruned.live(), arena), arena);
        PanelReader reader = new PanelReader(served.layout(), served.segment());
        int zero = encoding == Encoding.U4G32 ? 8 : 0;
        int checked = 0;
        for (int n = 0; n < ROWS; n++) {
            for (int k = 0; k < COLUMNS; k++) {
                assertEquals(trained.values[n * COLUMNS + k], reader.weight(n, k), 0f, n + ", " + k);
                if (isCertain(trained.codes, n, k, encoding)) {
                    assertEquals(trained.codes[n * COLUMNS + k], reader.code(n, k) - zero, n + ", " + k);
                    checked++;
                }
            }
        }
        assertTrue(checked > ROWS * COLUMNS / 4, checked + " codes were compared");
    }

    /** Whether only one scale has codes for all weights that share it: not where all are multiples of the same code. */
    private static boolean isCertain(int[] codes, int n, int k, Encoding encoding) {
        int group = encoding == Encoding.I8 ? COLUMNS : 32;
        int from = k / group * group;
        int divisor = 0;
        for (int i = from; i < Math.min(from + group, COLUMNS); i++) {
            divisor = gcd(divisor, Math.abs(codes[n * COLUMNS + i]));
        }
        return divisor == 1;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @ParameterizedTest
    @EnumSource(
            value = Pattern.class,
            names = {"UNSTRUCTURED", "QUADS", "LINES", "TILES"})
    void exactlyThoseBlocksLiveThatHoldSomething(Pattern pattern) {
        OnGrid trained = new OnGrid(pattern, Encoding.I8, 4);
        BlockMask live = prune(trained.values, COLUMNS, pattern, Encoding.I8).live();
        boolean[][] holds = new boolean[live.rowBlocks()][live.columnBlocks()];
        for (int i = 0; i < trained.values.length; i++) {
            holds[i / COLUMNS / pattern.blockRows()][i % COLUMNS / pattern.blockColumns()] |= trained.values[i] != 0;
        }
        for (int i = 0; i < holds.length; i++) {
            for (int j = 0; j < holds[i].length; j++) {
                assertEquals(holds[i][j], live.isLive(i, j), i + ", " + j);
            }
        }
    }

    /** A search for the least error, and the largest magnitude over the largest code, would each move these codes. */
    @ParameterizedTest
    @CsvSource({"I8, 63", "I8, 101", "I8G32, 63", "I8G32, 101", "U4G32, 5", "U4G32, 6", "U4G32, 3"})
    void aGridWhoseLargestCodeIsNotUsedIsFound(Encoding encoding, int largest) {
        SplittableRandom random = new SplittableRandom(largest);
        float[] values = new float[32 * 16];
        for (int i = 0; i < values.length; i++) {
            float scale = Float.float16ToFloat(Float.floatToFloat16(0.001f * (1 + i / 32)));
            values[i] = scale * (i % 32 == 0 ? largest : random.nextInt(-largest, largest + 1));
        }
        assertArrayEquals(values, prune(values, 32, Pattern.QUADS, encoding).weights());
    }

    /** A single weight is a multiple of itself over any code, but only some of these are numbers that a scale can be. */
    @ParameterizedTest
    @EnumSource(
            value = Encoding.class,
            names = {"I8", "I8G32", "U4G32"})
    void fewWeightsThatLieOnSeveralGridsComeBack(Encoding encoding) {
        SplittableRandom random = new SplittableRandom(9);
        float[] values = new float[32 * 64];
        for (int n = 0; n < 64; n++) {
            float scale = Float.float16ToFloat(Float.floatToFloat16(random.nextFloat(0.01f, 0.02f)));
            values[n * 32 + 5] = scale * random.nextInt(1, 8);
            values[n * 32 + 6] = n % 2 == 0 ? 0 : -values[n * 32 + 5];
        }
        Pruned pruned = prune(values, 32, Pattern.UNSTRUCTURED, encoding);
        assertArrayEquals(values, pruned.weights());
    }

    @Test
    void aScaleBelowZeroIsFound() {
        float[] values = new float[32];
        for (int k = 0; k < 16; k++) {
            values[k] = -0.25f * (k - 8);
        }
        float[] weights = prune(values, 32, Pattern.QUADS, Encoding.U4G32).weights();
        for (int k = 0; k < values.length; k++) {
            assertEquals(values[k] + 0f, weights[k] + 0f, "weight " + k + ", whatever the sign of a zero");
        }
    }

    /** As in a file of half-precision weights: what the codes stand for is a little off, but they are the same. */
    @ParameterizedTest
    @EnumSource(
            value = Encoding.class,
            names = {"I8", "I8G32", "U4G32"})
    void codesOfWeightsRoundedToHalfPrecisionComeBack(Encoding encoding) {
        OnGrid trained = new OnGrid(Pattern.QUADS, encoding, 5);
        float[] rounded = new float[trained.values.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = Float.float16ToFloat(Float.floatToFloat16(trained.values[i]));
        }
        assertFalse(Arrays.equals(rounded, trained.values));
        Pruned pruned = prune(rounded, COLUMNS, Pattern.QUADS, encoding);
        PanelReader reader =
                new PanelReader(pruned.dense().layout(), pruned.dense().segment());
        int zero = encoding == Encoding.U4G32 ? 8 : 0;
        for (int i = 0; i < rounded.length; i++) {
            if (isCertain(trained.codes, i / COLUMNS, i % COLUMNS, encoding)) {
                assertEquals(trained.codes[i], reader.code(i / COLUMNS, i % COLUMNS) - zero, "weight " + i);
            }
        }
    }

    @Test
    void weightsOnNoGridAreRoundedAsByOtherMethods() {
        WeightMatrix weights = Samples.weights(ROWS, COLUMNS, 6);
        for (Encoding encoding : new Encoding[] {Encoding.BF16, Encoding.I8, Encoding.I8G32, Encoding.U4G32}) {
            PruningRequest everything = new PruningRequest(Pattern.QUADS, 1, encoding, true);
            assertArrayEquals(
                    PruningMethod.MAGNITUDE
                            .pruner(1)
                            .prune(weights, null, everything, arena)
                            .weights(),
                    prune(weights.values(), COLUMNS, Pattern.QUADS, encoding).weights(),
                    encoding.id());
        }
    }
}
