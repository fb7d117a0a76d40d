// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KernelsContract;

/** The oracle keeps the contract too: its results are within the bounds of a double-precision evaluation. */
final class ReferenceKernelsTest extends KernelsContract {
    private static final Kernels KERNELS = new ReferenceKernels();

    @Override
    public Kernels kernels() {
        return KERNELS;
    }
}
