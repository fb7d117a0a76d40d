// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.lang.foreign.SegmentAllocator;

/** Puts together what pruning found. */
final class Results {

    private Results() {}

    static Pruned of(WeightMatrix weights, LiveBlocks live, CodedWeights coded, SegmentAllocator allocator) {
        float[] values = coded.values();
        double squares = 0;
        double differences = 0;
        for (int i = 0; i < values.length; i++) {
            double weight = weights.values()[i];
            squares += weight * weight;
            differences += (weight - values[i]) * (weight - values[i]);
        }
        double error = differences == 0 ? 0 : Math.sqrt(differences / squares);
        return new Pruned(live.mask(), coded.pack(allocator), values, error);
    }
}
