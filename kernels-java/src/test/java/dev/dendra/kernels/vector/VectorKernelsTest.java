// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KernelsContract;
import org.junit.jupiter.api.Tag;

/** Runs at the width that {@code dendra.vector.bits} forces; the build runs it at each. */
@Tag("vector-width")
final class VectorKernelsTest extends KernelsContract {
    private static final Kernels KERNELS = new VectorKernels();

    @Override
    public Kernels kernels() {
        return KERNELS;
    }
}
