// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Arrays;

/** What live blocks hold: what swaps of neurons are to increase. */
sealed interface KeptEnergy {

    /**
     * Adapts to groups as they are.
     *
     * @param groups what each group holds in each dimension
     */
    void adapt(double[][] groups);

    /** What is kept of one group. */
    double of(double[] group);

    /** In each dimension so many of the groups live: those above a threshold, which follows from all groups. */
    final class PerDimension implements KeptEnergy {
        private final int live;
        private double[] thresholds = {};

        PerDimension(int live) {
            this.live = live;
        }

        @Override
        public void adapt(double[][] groups) {
            thresholds = new double[groups[0].length];
            double[] column = new double[groups.length];
            for (int d = 0; d < thresholds.length; d++) {
                for (int g = 0; g < groups.length; g++) {
                    column[g] = groups[g][d];
                }
                thresholds[d] = threshold(column, live);
            }
        }

        @Override
        public double of(double[] group) {
            double kept = 0;
            for (int d = 0; d < group.length; d++) {
                kept += Math.max(group[d] - thresholds[d], 0);
            }
            return kept;
        }
    }

    /** In each group so many of the dimensions live, in each of the matrices that share them. */
    final class PerGroup implements KeptEnergy {
        private final int live;
        private final int dimensions;
        private final double[] sorted;

        PerGroup(int live, int dimensions) {
            this.live = live;
            this.dimensions = dimensions;
            this.sorted = new double[dimensions];
        }

        @Override
        public void adapt(double[][] groups) {
            // Nothing depends on other groups.
        }

        @Override
        public double of(double[] group) {
            double kept = 0;
            for (int from = 0; from < group.length; from += dimensions) {
                System.arraycopy(group, from, sorted, 0, dimensions);
                Arrays.sort(sorted);
                for (int i = dimensions - live; i < dimensions; i++) {
                    kept += sorted[i];
                }
            }
            return kept;
        }
    }

    /** A share of all groups in all dimensions lives. */
    final class Overall implements KeptEnergy {
        private final double density;
        private double threshold;

        Overall(double density) {
            this.density = density;
        }

        @Override
        public void adapt(double[][] groups) {
            double[] all = Arrays.stream(groups).flatMapToDouble(Arrays::stream).toArray();
            threshold = threshold(all, Math.clamp(Math.round(density * all.length), 1, all.length));
        }

        @Override
        public double of(double[] group) {
            double kept = 0;
            for (double energy : group) {
                kept += Math.max(energy - threshold, 0);
            }
            return kept;
        }
    }

    /** Half-way between the last of so many that live and the first that does not. */
    private static double threshold(double[] energies, int live) {
        Arrays.sort(energies);
        int first = energies.length - live;
        return first == 0 ? 0 : (energies[first] + energies[first - 1]) / 2;
    }
}
