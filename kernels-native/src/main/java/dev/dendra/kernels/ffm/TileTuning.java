// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.MatmulSlice;
import dev.dendra.kernels.Tuning;
import dev.dendra.kernels.TuningStore;
import dev.dendra.tensor.ActivationPrecision;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Finds the thresholds of a model's products: those that an earlier start kept, else by timing, else, where time runs out,
 * those that are built in.
 *
 * <p>The results of integer products are the same on both sides of a threshold, so that it may come out otherwise at
 * another start. A step in bfloat16 differs from one in int16; that threshold is only taken where it is kept, so that
 * answers do not change from start to start.
 */
final class TileTuning {

    /** What timing may take of the 300 ms that {@link dev.dendra.kernels.Kernels#tuned} has. */
    static final long BUDGET_NANOS = 250_000_000;

    /** Most rows that a product is tried on. */
    static final int MOST_ROWS = 64;

    /** Rows that products of integers are tried on. */
    private static final int[] TILE_ROWS = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, MOST_ROWS};

    /** Rows that bfloat16 is tried on: few, so that noise seldom decides. */
    private static final int[] BFLOAT16_ROWS = {8, 16, 24, 32, 48, MOST_ROWS};

    private static final List<ActivationPrecision> INTEGERS = List.of(ActivationPrecision.I16, ActivationPrecision.I8);
    private static final Set<ActivationPrecision> MIXED = EnumSet.of(ActivationPrecision.I16, ActivationPrecision.BF16);

    private final String build;
    private final Trials trials;
    private final TuningStore store;
    private final Map<String, Integer> recalled;
    private final Deadline deadline;

    /**
     * Tuning for one model, which has begun.
     *
     * @param build says which kernels these are
     * @param clock nanoseconds
     */
    TileTuning(String build, Trials trials, LongSupplier clock, TuningStore store) {
        this.build = build;
        this.trials = trials;
        this.store = store;
        this.deadline = Deadline.in(clock, BUDGET_NANOS);
        this.recalled = store.recall(build);
    }

    /**
     * What was decided.
     *
     * @param findings for people, one for each threshold
     */
    record Result(TileThresholds thresholds, List<String> findings) {}

    /** The thresholds for products of {@code slices} with activations of {@code precisions}. */
    Result tune(List<MatmulSlice> slices, Set<ActivationPrecision> precisions) {
        List<ProductClass> classes = ProductClass.of(slices);
        boolean isMixed = precisions.containsAll(MIXED);
        // Where both are looked for, the second gets half of the time at least: it is what most models gain from.
        RowCrossover search = new RowCrossover(TILE_ROWS, isMixed ? deadline.half() : deadline);
        TileThresholds thresholds = TileThresholds.BUILT_IN;
        List<Threshold> found = new ArrayList<>();
        for (ProductClass products : classes) {
            for (ActivationPrecision precision : INTEGERS) {
                if (precisions.contains(precision) && products.encoding().isInteger()) {
                    Threshold tiles = tiles(products, precision, search);
                    found.add(tiles);
                    thresholds = thresholds.with(products.encoding(), precision, products.columnClass(), tiles.rows());
                }
            }
        }
        if (!isMixed) {
            keep(found);
            return result(thresholds, found);
        }
        Threshold bfloat16 = bfloat16(classes, thresholds);
        found.add(bfloat16);
        if (!keep(found) && bfloat16.origin() == Threshold.Origin.MEASURED) {
            found.removeLast();
            found.add(bfloat16.builtIn(thresholds.bfloat16RowsFrom(), Threshold.Origin.NOT_KEPT));
        }
        return result(thresholds.withBfloat16RowsFrom(found.getLast().rows()), found);
    }

    private Threshold tiles(ProductClass products, ActivationPrecision precision, RowCrossover search) {
        return threshold(
                products.name(precision),
                "tiles for " + products.encoding().id() + " x " + precision.id() + ", K "
                        + products.slice().columns() + ",",
                TileThresholds.BUILT_IN.rowsFrom(products.encoding(), precision, products.columnClass()),
                () -> search.find(
                        trials.product(TileThresholds.integers(Tuning.NEVER), products.slice(), precision),
                        trials.product(TileThresholds.integers(1), products.slice(), precision)));
    }

    private Threshold bfloat16(List<ProductClass> classes, TileThresholds thresholds) {
        return threshold(
                classes.stream()
                        .map(products -> products.name(ActivationPrecision.BF16))
                        .collect(Collectors.joining("; ")),
                "bf16 activations",
                thresholds.bfloat16RowsFrom(),
                () -> new RowCrossover(BFLOAT16_ROWS, deadline)
                        .find(
                                step(classes, thresholds, ActivationPrecision.I16),
                                step(classes, thresholds, ActivationPrecision.BF16)));
    }

    /** All products of a step, as far as their weights are concerned. */
    private RowCrossover.Contestant step(
            List<ProductClass> classes, TileThresholds thresholds, ActivationPrecision precision) {
        List<RowCrossover.Contestant> products = classes.stream()
                .map(each -> trials.product(thresholds, each.slice(), precision))
                .toList();
        return rows -> {
            double nanos = 0;
            for (int i = 0; i < products.size(); i++) {
                nanos += classes.get(i).calls() * products.get(i).nanos(rows);
            }
            return (long) nanos;
        };
    }

    private Threshold threshold(String name, String what, int builtIn, Supplier<OptionalInt> measurement) {
        Integer known = recalled.get(name);
        if (known != null) {
            return new Threshold(name, what, known, Threshold.Origin.RECALLED);
        }
        OptionalInt rows = measurement.get();
        return rows.isPresent()
                ? new Threshold(name, what, rows.getAsInt(), Threshold.Origin.MEASURED)
                : new Threshold(name, what, builtIn, Threshold.Origin.OUT_OF_TIME);
    }

    /** Whether all that was measured is kept. */
    private boolean keep(List<Threshold> found) {
        Map<String, Integer> measured = found.stream()
                .filter(each -> each.origin() == Threshold.Origin.MEASURED)
                .collect(Collectors.toMap(Threshold::name, Threshold::rows));
        return measured.isEmpty() || store.keep(build, measured).isEmpty();
    }

    private static Result result(TileThresholds thresholds, List<Threshold> found) {
        return new Result(thresholds, found.stream().map(Threshold::toString).toList());
    }
}
