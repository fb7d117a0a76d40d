// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.MatmulSlice;
import dev.dendra.tensor.ActivationPrecision;

/** Products to be timed. */
@FunctionalInterface
interface Trials {
    /** A slice with those thresholds, on activations of that precision; float weights meet int16 in single precision. */
    RowCrossover.Contestant product(TileThresholds thresholds, MatmulSlice slice, ActivationPrecision precision);
}
