// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dendra.kernels.KernelInfo;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KernelsContract;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The contract on one instruction set; skipped, with the reason, where that does not run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class NativeTierContract extends KernelsContract {
    private final NativeTier tier;
    private Kernels opened;

    NativeTierContract(NativeTier tier) {
        this.tier = tier;
    }

    @BeforeAll
    void open() throws IOException {
        NativeLibrary library = NativeLibrary.open(BuiltLibrary.locator());
        String reason = library.detect(tier).reasons().get(tier);
        if (reason != null) {
            library.close();
        }
        assumeTrue(reason == null, tier.id() + " does not run here: " + reason);
        opened = new NativeKernels(library, tier, TileThresholds.BUILT_IN);
    }

    @AfterAll
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @Override
    public Kernels kernels() {
        return opened;
    }

    @Test
    void theyAreOfTheInstructionSetThatWasAskedFor() {
        assertEquals(
                new KernelInfo("native", tier.id(), tier.vectorBits()),
                kernels().info());
    }
}
