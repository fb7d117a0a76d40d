// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

/** Sums over some weights from which the cost of packing them follows. */
final class PackingError {
    double squaredDifferences;
    double squaredWeights;

    /** Root mean square of the differences over root mean square of the weights; 0 where nothing differs. */
    double relative() {
        return squaredDifferences == 0 ? 0 : Math.sqrt(squaredDifferences / squaredWeights);
    }

    void add(PackingError other) {
        squaredDifferences += other.squaredDifferences;
        squaredWeights += other.squaredWeights;
    }
}
