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
    private final TileThresholds tileThresholds;
    private Kernels opened;

    NativeTierContract(NativeTier tier) {
        this(tier, TileThresholds.BUILT_IN);
    }

    NativeTierContract(NativeTier tier, TileThresholds tileThresholds) {
        this.tier = tier;
        this.tileThresholds = tileThresholds;
    }

    /** Finds the library under test; skips the test where there is none. */
    LibraryLocator locator() throws IOException, InterruptedException {
        return BuiltLibrary.locator();
    }

    @BeforeAll
    void open() throws IOException, InterruptedException {
        NativeLibrary library = NativeLibrary.open(locator());
        String reason = library.detect(tier).reasons().get(tier);
        if (reason != null) {
            library.close();
        }
        assumeTrue(reason == null, tier.id() + " does not run here: " + reason);
        opened = new NativeKernels(library, tier, tileThresholds);
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
