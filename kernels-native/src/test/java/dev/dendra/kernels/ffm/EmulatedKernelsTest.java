// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sources of every instruction set, compiled to portable C: they agree with the scalar kernels on any CPU. */
class EmulatedKernelsTest {

    @ParameterizedTest
    @ValueSource(strings = {"avx2", "avx512", "avx512vbmi2", "avx512bf16", "amx"})
    void kernelsOfAnInstructionSetAgreeWithTheScalarOnes(String isa) throws Exception {
        String output = CheckKernelsProgram.emulated().check("--quick", "--isa", isa);

        assertTrue(output.contains("checkkernels: ok"), output);
        assertFalse(output.contains("skipped:"), output);
    }

    @Test
    void theModelOfTileInstructionsComputesAndFaultsAsTheCpuDoes() throws Exception {
        String output = CheckKernelsProgram.tileModel().check();

        assertTrue(output.contains("tile model: ok"), output);
    }
}
