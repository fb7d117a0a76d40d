// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.MatmulSlice;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Products of a model that share a threshold, and the slice that stands for them: the one that reads most weights.
 *
 * @param slice stands for the others; cut short where its weights are more than a short measurement can multiply
 * @param calls of the slice that read as many weights as all products of the class in a step
 */
record ProductClass(MatmulSlice slice, double calls) {

    /** Weights of a timed call, at most: 64 rows of them are half a millisecond. */
    private static final int MOST_WEIGHTS = 1 << 20;

    /** What kernels multiply at a time. */
    private static final int LEAST_PANELS = 2;

    private record Key(Encoding encoding, int columnClass) {}

    /** The classes of a model's products, those that read most weights first. */
    static List<ProductClass> of(List<MatmulSlice> slices) {
        Map<Key, Map<MatmulSlice, Long>> weights = new LinkedHashMap<>();
        for (MatmulSlice slice : slices) {
            Key key = new Key(slice.encoding(), TileThresholds.columnClass(slice.columns()));
            MatmulSlice one = new MatmulSlice(slice.encoding(), slice.columns(), slice.panels(), 1);
            weights.computeIfAbsent(key, none -> new LinkedHashMap<>())
                    .merge(one, slice.weightsPerStep(), Math::addExact);
        }
        List<ProductClass> classes = new ArrayList<>();
        weights.values().forEach(members -> classes.add(of(members)));
        classes.sort(Comparator.comparingDouble(ProductClass::weightsPerStep).reversed());
        return classes;
    }

    private static ProductClass of(Map<MatmulSlice, Long> members) {
        MatmulSlice heaviest = members.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        int most = Math.max(MOST_WEIGHTS / PanelLayout.PANEL_ROWS / heaviest.columns(), LEAST_PANELS);
        MatmulSlice slice =
                new MatmulSlice(heaviest.encoding(), heaviest.columns(), Math.min(heaviest.panels(), most), 1);
        long total = members.values().stream().mapToLong(Long::longValue).sum();
        return new ProductClass(slice, (double) total / slice.weightsPerStep());
    }

    Encoding encoding() {
        return slice.encoding();
    }

    int columnClass() {
        return TileThresholds.columnClass(slice.columns());
    }

    /** Under which its threshold is kept: {@code u4g32 i16 K 576, 12 panels}. */
    String name(ActivationPrecision precision) {
        return encoding().id() + " " + precision.id() + " K " + slice.columns() + ", " + slice.panels() + " panels";
    }

    private double weightsPerStep() {
        return calls * slice.weightsPerStep();
    }
}
