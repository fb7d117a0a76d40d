// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.SplittableRandom;

/** Items in groups of consecutive places, swapped between groups while that increases what is kept. */
final class NeuronGroups {
    private static final long SEED = 0x6e6575726f6eL;
    /** Swaps that are tried for each item. */
    private static final int SWEEPS = 100;

    private final double[][] profiles;
    private final int[] order;
    private final int size;
    private final int span;
    private final double[][] groups;

    /**
     * Groups as they are.
     *
     * @param profiles what each item holds in each dimension
     * @param order which item is at which place; changed
     * @param size places of a group
     * @param span places inside of which items move, a multiple of the size; the last span may be shorter
     */
    NeuronGroups(double[][] profiles, int[] order, int size, int span) {
        this.profiles = profiles;
        this.order = order;
        this.size = size;
        this.span = span;
        this.groups = new double[Math.ceilDiv(order.length, size)][profiles[0].length];
        for (int i = 0; i < order.length; i++) {
            Axpy.add(groups[i / size], 1, profiles[order[i]], 0, profiles[0].length);
        }
    }

    /** Tries random swaps, the same ones each time. */
    void improve(KeptEnergy kept) {
        SplittableRandom random = new SplittableRandom(SEED);
        double[] left = new double[profiles[0].length];
        double[] right = new double[profiles[0].length];
        double[] energies = new double[groups.length];
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            kept.adapt(groups);
            for (int g = 0; g < groups.length; g++) {
                energies[g] = kept.of(groups[g]);
            }
            for (int i = 0; i < order.length; i++) {
                int from = i / span * span;
                int j = from + random.nextInt(Math.min(span, order.length - from));
                int a = i / size;
                int b = j / size;
                if (a == b) {
                    continue;
                }
                swap(profiles[order[i]], profiles[order[j]], groups[a], groups[b], left, right);
                double ofLeft = kept.of(left);
                double ofRight = kept.of(right);
                if (ofLeft + ofRight > energies[a] + energies[b]) {
                    System.arraycopy(left, 0, groups[a], 0, left.length);
                    System.arraycopy(right, 0, groups[b], 0, right.length);
                    energies[a] = ofLeft;
                    energies[b] = ofRight;
                    int item = order[i];
                    order[i] = order[j];
                    order[j] = item;
                }
            }
        }
    }

    /** What two groups hold after an item of each has gone to the other. */
    private static void swap(double[] x, double[] y, double[] a, double[] b, double[] left, double[] right) {
        for (int d = 0; d < left.length; d++) {
            double difference = y[d] - x[d];
            left[d] = a[d] + difference;
            right[d] = b[d] - difference;
        }
    }
}
