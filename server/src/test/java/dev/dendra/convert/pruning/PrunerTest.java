// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.PanelReader;
import dev.dendra.convert.UnrepresentableWeightException;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparseCheck;
import dev.dendra.sparse.SparseExpansion;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of every method that chooses, pattern and encoding. */
class PrunerTest {
    private static final long SEED = 11;

    private final Arena arena = Arena.ofAuto();

    static Stream<PruningRequest> requests() {
        List<PruningRequest> requests = new ArrayList<>();
        for (Pattern pattern : List.of(Pattern.UNSTRUCTURED, Pattern.QUADS, Pattern.LINES, Pattern.TILES)) {
            for (Encoding encoding : List.of(Encoding.BF16, Encoding.I8, Encoding.I8G32, Encoding.U4G32)) {
                for (double density : new double[] {0.3, 0.5, 1}) {
                    requests.add(new PruningRequest(pattern, density, encoding, true));
                }
                requests.add(new PruningRequest(pattern, 0.5, encoding, false));
            }
        }
        return requests.stream();
    }

    static List<Pruner> pruners(int threads) {
        List<Pruner> pruners = new ArrayList<>();
        for (PruningMethod method : List.of(PruningMethod.MAGNITUDE, PruningMethod.WANDA, PruningMethod.SPARSEGPT)) {
            pruners.add(method.pruner(threads));
            pruners.add(method.reconstructingPruner(threads));
        }
        return pruners;
    }

    @ParameterizedTest
    @MethodSource("requests")
    void asManyBlocksLiveAsWereAskedFor(PruningRequest request) {
        // The last panel, quad and tile are cut short.
        WeightMatrix weights = Samples.weights(40, 270, SEED);
        InputMoments moments = Samples.moments(Samples.correlatedInputs(400, 270, SEED), 2);
        for (Pruner pruner : pruners(2)) {
            BlockMask live = pruner.prune(weights, moments, request, arena).live();
            int total = 0;
            for (int i = 0; i < live.rowBlocks(); i++) {
                int fanIn = 0;
                for (int j = 0; j < live.columnBlocks(); j++) {
                    fanIn += live.isLive(i, j) ? 1 : 0;
                }
                if (request.balanced()) {
                    assertEquals(Math.round(request.density() * live.columnBlocks()), fanIn, "row of blocks " + i);
                }
                total += fanIn;
            }
            if (!request.balanced()) {
                assertEquals(Math.round(request.density() * live.rowBlocks() * live.columnBlocks()), total);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("requests")
    void codesWeightsAndMaskAgree(PruningRequest request) {
        WeightMatrix weights = Samples.weights(40, 270, SEED);
        InputMoments moments = Samples.moments(Samples.correlatedInputs(400, 270, SEED), 2);
        for (Pruner pruner : pruners(2)) {
            Pruned pruned = pruner.prune(weights, moments, request, arena);
            PanelReader reader =
                    new PanelReader(pruned.dense().layout(), pruned.dense().segment());
            double squares = 0;
            double differences = 0;
            for (int n = 0; n < 40; n++) {
                for (int k = 0; k < 270; k++) {
                    float stored = pruned.weights()[n * 270 + k];
                    assertEquals(reader.weight(n, k), stored, 0f, n + ", " + k);
                    assertTrue(pruned.live().isLiveWeight(n, k) || stored == 0, n + ", " + k + " is dead, not zero");
                    squares += Math.pow(weights.get(n, k), 2);
                    differences += Math.pow((double) weights.get(n, k) - stored, 2);
                }
            }
            assertEquals(Math.sqrt(differences / squares), pruned.relativeError(), 1e-9);
            PackedMatrix sparse = SparsePacker.pack(pruned.dense(), pruned.live(), arena);
            SparseCheck.liveWeights(sparse);
            assertArrayEquals(bytes(pruned.dense()), bytes(SparseExpansion.dense(sparse, arena)));
        }
    }

    private static byte[] bytes(PackedMatrix matrix) {
        return matrix.segment().toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void nothingDependsOnTheThreads(PruningRequest request) {
        WeightMatrix weights = Samples.weights(70, 140, SEED);
        InputMoments moments = Samples.moments(Samples.correlatedInputs(300, 140, SEED), 1);
        List<Pruner> one = pruners(1);
        List<Pruner> three = pruners(3);
        for (int i = 0; i < one.size(); i++) {
            assertArrayEquals(
                    bytes(one.get(i).prune(weights, moments, request, arena).dense()),
                    bytes(three.get(i).prune(weights, moments, request, arena).dense()));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Pattern.class,
            names = {"UNSTRUCTURED", "QUADS", "LINES", "TILES"})
    void eachMethodIsBetterThanTheOneBefore(Pattern pattern) {
        WeightMatrix weights = Samples.weights(48, 512, SEED);
        InputMoments moments = Samples.moments(Samples.correlatedInputs(2048, 512, SEED), 2);
        for (Encoding encoding : List.of(Encoding.BF16, Encoding.I8, Encoding.U4G32)) {
            PruningRequest request = new PruningRequest(pattern, 0.5, encoding, true);
            double magnitude = outputError(PruningMethod.MAGNITUDE.pruner(2), weights, moments, request);
            double wanda = outputError(PruningMethod.WANDA.pruner(2), weights, moments, request);
            double sparseGpt = outputError(PruningMethod.SPARSEGPT.pruner(2), weights, moments, request);
            double reconstructed =
                    outputError(PruningMethod.SPARSEGPT.reconstructingPruner(2), weights, moments, request);
            String errors = encoding + ": " + magnitude + " " + wanda + " " + sparseGpt + " " + reconstructed;
            assertTrue(wanda < 0.98 * magnitude, errors);
            assertTrue(sparseGpt < 0.97 * wanda, errors);
            assertTrue(reconstructed < 0.99 * sparseGpt, errors);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GIVEN")
    void reconstructionMakesEveryMethodBetter(PruningMethod method) {
        WeightMatrix weights = Samples.weights(32, 256, SEED);
        InputMoments moments = Samples.moments(Samples.correlatedInputs(1024, 256, SEED), 2);
        PruningRequest request = new PruningRequest(Pattern.QUADS, 0.5, Encoding.I8, true);
        double plain = outputError(method.pruner(2), weights, moments, request);
        assertTrue(outputError(method.reconstructingPruner(2), weights, moments, request) < 0.97 * plain);
    }

    /** At density 1 only coding is left, whose error the solver and the search for codes make smaller. */
    @Test
    void codesOfDenseWeightsAreChosenTogether() {
        WeightMatrix weights = Samples.weights(32, 256, SEED);
        InputMoments moments = Samples.moments(Samples.correlatedInputs(1024, 256, SEED), 2);
        PruningRequest request = new PruningRequest(Pattern.UNSTRUCTURED, 1, Encoding.U4G32, true);
        double rounded = outputError(PruningMethod.WANDA.pruner(2), weights, moments, request);
        double together = outputError(PruningMethod.SPARSEGPT.pruner(2), weights, moments, request);
        double searched = outputError(PruningMethod.SPARSEGPT.reconstructingPruner(2), weights, moments, request);
        assertTrue(together < 0.8 * rounded && searched < together, rounded + " " + together + " " + searched);
    }

    private double outputError(Pruner pruner, WeightMatrix weights, InputMoments moments, PruningRequest request) {
        float[] pruned = pruner.prune(weights, moments, request, arena).weights();
        return OutputError.relative(weights, pruned, moments, 2);
    }

    @Test
    void magnitudeAndWandaKeepWhatTheirNamesSay() {
        float[] values = {5, -1, 3, 2, 0.5f, 4, -6, 1};
        WeightMatrix weights = new WeightMatrix("eight", 1, 8, values);
        PruningRequest request = new PruningRequest(Pattern.UNSTRUCTURED, 0.5, Encoding.BF16, true);
        float[] largest = PruningMethod.MAGNITUDE
                .pruner(1)
                .prune(weights, null, request, arena)
                .weights();
        assertArrayEquals(new float[] {5, 0, 3, 0, 0, 4, -6, 0}, largest);
        float[][] inputs = {{1, 100, 0, 1, 100, 1, 1, 3}, {0, 0, 0, 0, 0, 0, 1, 0}};
        float[] felt = PruningMethod.WANDA
                .pruner(1)
                .prune(weights, Samples.moments(inputs, 1), request, arena)
                .weights();
        assertArrayEquals(new float[] {5, -1, 0, 0, 0.5f, 0, -6, 0}, felt);
    }

    @Test
    void u4g32UsesTheSideOfTheGridThatFits() {
        float[] values = new float[32];
        Arrays.fill(values, 0.25f);
        values[3] = 2;
        values[9] = -1.75f;
        WeightMatrix weights = new WeightMatrix("fits", 1, 32, values);
        PruningRequest request = new PruningRequest(Pattern.UNSTRUCTURED, 1, Encoding.U4G32, true);
        Pruned pruned = PruningMethod.MAGNITUDE.pruner(1).prune(weights, null, request, arena);
        assertArrayEquals(values, pruned.weights());
    }

    @ParameterizedTest
    @EnumSource(
            value = PruningMethod.class,
            names = {"WANDA", "SPARSEGPT"})
    void momentsAreAskedForByName(PruningMethod method) {
        WeightMatrix weights = Samples.weights(4, 8, SEED);
        PruningRequest request = new PruningRequest(Pattern.QUADS, 0.5, Encoding.I8, true);
        Pruner pruner = method.pruner(1);
        assertTrue(method.needsMoments());
        IllegalArgumentException missing =
                assertThrows(IllegalArgumentException.class, () -> pruner.prune(weights, null, request, arena));
        assertTrue(String.valueOf(missing.getMessage()).contains("made.up has 8 inputs"), missing.getMessage());
        InputMoments wider = Samples.moments(Samples.correlatedInputs(3, 9, SEED), 1);
        assertThrows(IllegalArgumentException.class, () -> pruner.prune(weights, wider, request, arena));
        InputMoments none = new InputMoments(8, 1);
        assertThrows(InvalidMomentsException.class, () -> pruner.prune(weights, none, request, arena));
    }

    @Test
    void inputsThatAreAllZeroAreNoCalibration() {
        WeightMatrix weights = Samples.weights(4, 8, SEED);
        PruningRequest request = new PruningRequest(Pattern.QUADS, 0.5, Encoding.I8, true);
        InputMoments silent = Samples.moments(new float[5][8], 1);
        assertThrows(
                InvalidMomentsException.class,
                () -> PruningMethod.SPARSEGPT.pruner(1).prune(weights, silent, request, arena));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void weightsThatAreNotFiniteAreNamed(float value) {
        float[] values = new float[12];
        values[7] = value;
        UnrepresentableWeightException thrown = assertThrows(
                UnrepresentableWeightException.class, () -> new WeightMatrix("blk.3.ffn_up.weight", 3, 4, values));
        assertEquals("blk.3.ffn_up.weight: weight [1, 3] is " + value, thrown.getMessage());
    }

    @ParameterizedTest
    @EnumSource(
            value = Encoding.class,
            names = {"BF16", "I8G32", "U4G32"})
    void weightsBeyondTheEncodingAreRefused(Encoding encoding) {
        float[] values = new float[32];
        values[2] = Float.MAX_VALUE;
        WeightMatrix weights = new WeightMatrix("huge", 1, 32, values);
        PruningRequest request = new PruningRequest(Pattern.QUADS, 0.5, encoding, true);
        UnrepresentableWeightException thrown = assertThrows(
                UnrepresentableWeightException.class,
                () -> PruningMethod.MAGNITUDE.pruner(1).prune(weights, null, request, arena));
        assertTrue(String.valueOf(thrown.getMessage()).startsWith("huge: "), thrown.getMessage());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.5, 1.01, Double.NaN})
    void densitiesOutsideOfTheRangeAreRefused(double density) {
        assertThrows(
                IllegalArgumentException.class, () -> new PruningRequest(Pattern.QUADS, density, Encoding.I8, true));
    }

    @Test
    void denseAndSinglePrecisionAreNoRequests() {
        assertThrows(IllegalArgumentException.class, () -> new PruningRequest(Pattern.DENSE, 0.5, Encoding.I8, true));
        assertThrows(IllegalArgumentException.class, () -> new PruningRequest(Pattern.QUADS, 0.5, Encoding.F32, true));
        assertThrows(IllegalArgumentException.class, () -> PruningMethod.ofId("random"));
        assertEquals(PruningMethod.SPARSEGPT, PruningMethod.ofId("sparsegpt"));
    }
}
