// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.PackedMatrix;

/** From how many rows on AMX tiles beat dot products in vector registers. */
@FunctionalInterface
interface TileThresholds {

    /** Decode of few sequences stays with dot products: a tile would multiply mostly empty rows. */
    TileThresholds DEFAULT = (w, precision) -> 5;

    /** Rows from which products of {@code w} with activations of that precision use tiles. */
    int rowsFrom(PackedMatrix w, ActivationPrecision precision);
}
