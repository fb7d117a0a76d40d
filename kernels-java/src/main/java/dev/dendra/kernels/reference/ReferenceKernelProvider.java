// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.Kernels;

/** Provides {@link ReferenceKernels}, which run anywhere and are chosen only where nothing else runs. */
public final class ReferenceKernelProvider implements KernelProvider {

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Support probe() {
        return Support.yes("scalar");
    }

    @Override
    public Kernels open() {
        return new ReferenceKernels();
    }
}
