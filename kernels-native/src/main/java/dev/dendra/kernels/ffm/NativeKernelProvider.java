// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.Kernels;

/**
 * Kernels in C. The library loads and its ABI is checked; it has no compute kernels yet, so the provider says so and
 * another one is chosen.
 */
public final class NativeKernelProvider implements KernelProvider {

    /** For {@link java.util.ServiceLoader}. */
    public NativeKernelProvider() {}

    @Override
    public String name() {
        return "native";
    }

    @Override
    public int priority() {
        return 20;
    }

    @Override
    public Support probe() {
        return probe(LibraryLocator.ofThisProcess());
    }

    static Support probe(LibraryLocator locator) {
        try (NativeLibrary library = NativeLibrary.open(locator)) {
            return Support.no("the library loads (" + library.origin() + ", ABI version " + NativeLibrary.ABI_VERSION
                    + ") but this version of it holds no compute kernels yet");
        } catch (KernelLoadException e) {
            return Support.no(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Kernels open() {
        throw new KernelLoadException(name() + ": " + probe().detail());
    }
}
