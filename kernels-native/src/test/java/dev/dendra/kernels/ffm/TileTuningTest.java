// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.MatmulSlice;
import dev.dendra.kernels.Tuning;
import dev.dendra.kernels.TuningStore;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tuning of kernels that take known times, by a clock that only they move. */
class TileTuningTest {
    private static final MatmulSlice CHANNEL = new MatmulSlice(Encoding.I8, 576, 8, 100);
    private static final MatmulSlice GROUPS = new MatmulSlice(Encoding.U4G32, 576, 8, 80);
    private static final MatmulSlice LONG_GROUPS = new MatmulSlice(Encoding.U4G32, 1536, 8, 20);
    private static final List<MatmulSlice> MODEL = List.of(CHANNEL, GROUPS, LONG_GROUPS);
    private static final Set<ActivationPrecision> MIXED = EnumSet.of(ActivationPrecision.I16, ActivationPrecision.BF16);

    private final MemoryStore store = new MemoryStore();
    private long now;
    private int runs;
    private long speed = 1;

    @Test
    void findsTheThresholdOfEachClass() {
        TileThresholds found = tune(MODEL, EnumSet.of(ActivationPrecision.I16)).thresholds();

        assertEquals(3, rows(found, CHANNEL, ActivationPrecision.I16));
        assertEquals(Tuning.NEVER, rows(found, GROUPS, ActivationPrecision.I16));
        assertEquals(48, rows(found, LONG_GROUPS, ActivationPrecision.I16));
        assertEquals(5, rows(found, CHANNEL, ActivationPrecision.I8), "nobody asked for int8");
        assertEquals(32, found.bfloat16RowsFrom(), "nobody asked for bf16");
    }

    @Test
    void findsFromWhichStepBfloat16IsFaster() {
        TileTuning.Result result = tune(List.of(GROUPS), MIXED);

        assertEquals(24, result.thresholds().bfloat16RowsFrom());
        assertEquals(
                List.of("tiles for u4g32 x i16, K 576, never (measured)", "bf16 activations from 24 rows (measured)"),
                result.findings());
    }

    @Test
    void whatWasMeasuredOnceIsNotMeasuredAgain() {
        TileThresholds first = tune(MODEL, MIXED).thresholds();
        runs = 0;
        TileTuning.Result second = tune(MODEL, MIXED);

        assertEquals(0, runs);
        assertEquals(1, store.keeps);
        for (MatmulSlice slice : MODEL) {
            assertEquals(
                    rows(first, slice, ActivationPrecision.I16),
                    rows(second.thresholds(), slice, ActivationPrecision.I16));
        }
        assertEquals(first.bfloat16RowsFrom(), second.thresholds().bfloat16RowsFrom());
        assertTrue(
                second.findings().stream().allMatch(finding -> finding.endsWith("(measured at an earlier start)")),
                second.findings().toString());
    }

    @Test
    void anotherBuildOfTheKernelsIsMeasuredAnew() {
        tune(MODEL, MIXED);
        runs = 0;
        new TileTuning("other", this::product, () -> now, store).tune(MODEL, MIXED);

        assertTrue(runs > 0);
    }

    @Test
    void outOfTimeTheBuiltInStaysAndSaysSo() {
        speed = 8_000;
        TileTuning.Result result = tune(MODEL, MIXED);

        long longestRound = speed * (64 * 100 + 2_000) * MODEL.size();
        assertTrue(now < TileTuning.BUDGET_NANOS + longestRound, now + " ns");
        assertEquals(5, rows(result.thresholds(), CHANNEL, ActivationPrecision.I16));
        assertEquals(32, result.thresholds().bfloat16RowsFrom());
        assertTrue(
                result.findings()
                        .contains("tiles for i8 x i16, K 576, from 5 rows (built in: not measured within 250 ms)"),
                result.findings().toString());
        assertEquals(0, store.keeps, "what is built in is not kept");
    }

    /** Half of the time is for bf16, whatever tiles of integers take. */
    @Test
    void tilesOfIntegersLeaveTimeForBfloat16() {
        List<MatmulSlice> many = new ArrayList<>();
        for (int columns = 64; columns <= 1 << 16; columns *= 2) {
            many.add(new MatmulSlice(Encoding.I8G32, columns, 1, 1));
        }
        speed = 100;
        List<String> findings = tune(many, MIXED).findings();

        assertTrue(findings.toString().contains("not measured"), findings.toString());
        assertEquals("bf16 activations from 24 rows (measured)", findings.getLast());
    }

    /** It changes results, and they must not change from start to start. */
    @Test
    void withoutAStoreBfloat16StaysWhereItIs() {
        TileTuning.Result result =
                new TileTuning("build", this::product, () -> now, TuningStore.none("no file")).tune(MODEL, MIXED);

        assertEquals(32, result.thresholds().bfloat16RowsFrom());
        assertEquals(3, rows(result.thresholds(), CHANNEL, ActivationPrecision.I16), "exact whatever it is");
        assertTrue(
                result.findings().getLast().startsWith("bf16 activations from 32 rows (built in: "),
                result.findings().toString());
    }

    @Test
    void aClassIsTimedOnTheSliceThatReadsMostWeights() {
        MatmulSlice light = new MatmulSlice(Encoding.U4G32, 576, 2, 10);
        MatmulSlice heavy = new MatmulSlice(Encoding.U4G32, 640, 8, 30);
        MatmulSlice head = new MatmulSlice(Encoding.U4G32, 576, 4096, 1);

        ProductClass one = ProductClass.of(List.of(light, heavy, heavy, heavy)).getFirst();
        ProductClass cut = ProductClass.of(List.of(light, head)).getFirst();

        assertEquals(new MatmulSlice(Encoding.U4G32, 640, 8, 1), one.slice());
        assertEquals(90 + 10 * 2 * 576 / (8. * 640), one.calls());
        assertEquals(113, cut.slice().panels(), "a million weights");
        assertEquals((4096 + 20) / 113., cut.calls(), 1e-9);
    }

    private TileTuning.Result tune(List<MatmulSlice> model, Set<ActivationPrecision> precisions) {
        return new TileTuning("build", this::product, () -> now, store).tune(model, precisions);
    }

    /**
     * Tiles of integers are faster from 3 rows on where one scale serves all of K, from 40 where groups are long and never
     * where they are short; bfloat16 is faster than int16 from 20.
     */
    private RowCrossover.Contestant product(
            TileThresholds thresholds, MatmulSlice slice, ActivationPrecision precision) {
        return rows -> {
            boolean hasTiles = rows >= rows(thresholds, slice, precision);
            long start = slice.encoding() == Encoding.I8 ? 3 : slice.columns() == 1536 ? 40 : 1_000;
            long nanos = precision == ActivationPrecision.BF16 ? 2_000 : hasTiles ? 100 * start : 100L * rows;
            runs++;
            now += nanos * speed;
            return nanos * speed;
        };
    }

    private static int rows(TileThresholds thresholds, MatmulSlice slice, ActivationPrecision precision) {
        return thresholds.rowsFrom(slice.encoding(), precision, TileThresholds.columnClass(slice.columns()));
    }
}
