// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels in C against the scalar ones, in C too: what FFM cannot see, such as registers and bytes past an end. */
class CheckKernelsTest {

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "avx2", "avx512", "avx512vbmi2", "avx512bf16", "amx"})
    void kernelsOfAnInstructionSetAgreeWithTheScalarOnes(String isa) throws Exception {
        CheckKernelsProgram program = CheckKernelsProgram.plain();

        skipUnlessRun(isa, program.check("--quick", "--isa", isa));
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "avx2", "avx512", "avx512vbmi2", "avx512bf16", "amx"})
    void kernelsOfAnInstructionSetStayInsideTheirMemory(String isa) throws Exception {
        CheckKernelsProgram program = CheckKernelsProgram.sanitized();

        skipUnlessRun(isa, program.check("--quick", "--isa", isa));
    }

    @Test
    void wrongJobsAreRefusedBeforeTheirMemoryIsTouched() throws Exception {
        String output = CheckKernelsProgram.plain().check("--isa", "scalar", "--kernel", "faults");

        assertTrue(output.contains("faults"), output);
    }

    /** The program ends well, with the reason, where this machine lacks the instruction set. */
    private static void skipUnlessRun(String isa, String output) {
        String skipped = " skipped: ";
        output.lines()
                .filter(line -> line.startsWith(isa + " ") && line.contains(skipped))
                .findFirst()
                .ifPresent(line -> abort(isa + ": " + line.substring(line.indexOf(skipped) + skipped.length())));
    }
}
