// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;

/** Activations in the precision in which they are multiplied. */
interface RoundedInput {

    /** Rounds rows {@code from .. to} of the values. */
    void round(Kernels kernels, int from, int to);

    /** {@code y = x w^T} for rows {@code 0 .. rows} and the outputs of panels {@code from .. to}. */
    void multiply(Kernels kernels, PackedMatrix w, FloatMatrix y, int rows, int from, int to, MemorySegment scratch);
}
