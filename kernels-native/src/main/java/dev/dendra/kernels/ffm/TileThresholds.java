// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.PackedMatrix;

/** From how many rows on AMX tiles beat dot products in vector registers. */
@FunctionalInterface
interface TileThresholds {

    /**
     * Measured on a Xeon with AMX, docs/benchmarks.md. Where one scale serves all of K, tiles win from a few rows on; where a
     * scale serves 32 inputs, taking the tiles apart for it costs more than they save. In bfloat16 tiles add in another
     * order than dot products do, and a row must not depend on its batch, so that all of them use tiles.
     */
    TileThresholds DEFAULT = (w, precision) -> switch (precision) {
        case BF16 -> 1;
        case F32, I16, I8 -> w.encoding().groupSize() == 0 ? 5 : Integer.MAX_VALUE;
    };

    /** Rows from which products of {@code w} with activations of that precision use tiles. */
    int rowsFrom(PackedMatrix w, ActivationPrecision precision);
}
