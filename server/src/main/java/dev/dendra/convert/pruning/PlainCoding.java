// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import dev.dendra.convert.ParallelPanels;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;

/** Codes live weights each by itself, as near to what it is as the encoding allows. */
final class PlainCoding {
    /** Gives a group of weights its scale: {@link CodedWeights#chooseScale} or {@link CodedWeights#matchScale}. */
    @FunctionalInterface
    interface Scales {
        void choose(CodedWeights coded, int row, int group, double[] values, boolean[] live, double[] importance);
    }

    private final Scales scales;
    private final ParallelPanels parallel;

    PlainCoding(Scales scales, ParallelPanels parallel) {
        this.scales = scales;
        this.parallel = parallel;
    }

    /**
     * Codes a matrix.
     *
     * @param importance of a squared error at each input
     */
    CodedWeights code(WeightMatrix weights, LiveBlocks live, Encoding encoding, double[] importance) {
        CodedWeights coded =
                CodedWeights.of(weights.name(), new PanelLayout(encoding, weights.rows(), weights.columns()));
        parallel.run(coded.layout.panels(), () -> {
            double[] values = new double[weights.columns()];
            boolean[] liveWeights = new boolean[weights.columns()];
            return panel -> {
                int first = panel * PanelLayout.PANEL_ROWS;
                int end = Math.min(first + PanelLayout.PANEL_ROWS, weights.rows());
                for (int row = first; row < end; row++) {
                    live.weights(row, liveWeights);
                    weights.row(row, values);
                    code(coded, row, values, liveWeights, importance);
                }
            };
        });
        return coded;
    }

    private void code(CodedWeights coded, int row, double[] values, boolean[] live, double[] importance) {
        for (int k = 0; k < values.length; k++) {
            if (k % coded.groupColumns() == 0) {
                scales.choose(coded, row, k / coded.groupColumns(), values, live, importance);
            }
            if (live[k]) {
                coded.put(row, k, values[k]);
            }
        }
    }
}
