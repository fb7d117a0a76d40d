// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import java.io.IOException;

/** The contract on the sources of one instruction set compiled to portable C, which runs on any CPU; skipped without SIMDe. */
abstract class EmulatedTierContract extends NativeTierContract {

    EmulatedTierContract(NativeTier tier) {
        // All products with rounded activations go through tiles: the tests of AVX-512 see the other way.
        super(tier, TileThresholds.integers(1));
    }

    @Override
    LibraryLocator locator() throws IOException, InterruptedException {
        CBuild.requireSimde();
        return BuiltLibrary.locator(CBuild.make("library-emulated", "emulated", LibraryLocator.FILE_NAME));
    }
}
