// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;

/** Kernels for a test. */
final class TestKernels {
    private TestKernels() {}

    /** The kernels of that name; the test is skipped, with the reason, where native ones were not built. */
    static Kernels of(String name) {
        try {
            return KernelSelector.select(name).kernels();
        } catch (KernelLoadException e) {
            assumeFalse(name.equals("native"), e.getMessage());
            throw e;
        }
    }
}
