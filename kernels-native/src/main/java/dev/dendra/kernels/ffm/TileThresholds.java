// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.PackedMatrix;

/** From how many rows on AMX tiles beat dot products in vector registers. */
@FunctionalInterface
interface TileThresholds {

    /**
     * Integer products of few rows stay with dot products, where a tile would multiply mostly empty rows. In bfloat16 tiles
     * add in another order than dot products do, and a row must not depend on its batch, so that all of them use tiles.
     */
    TileThresholds DEFAULT = (w, precision) -> precision == ActivationPrecision.BF16 ? 1 : 5;

    /** Rows from which products of {@code w} with activations of that precision use tiles. */
    int rowsFrom(PackedMatrix w, ActivationPrecision precision);
}
