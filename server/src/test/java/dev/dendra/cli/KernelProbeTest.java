// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.FloatMatrix;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelProbeTest {

    @Test
    void everyInstructionSetOfThisMachineComputesWhatTheReferenceDoes() {
        try (Kernels reference = KernelSelector.select("reference").kernels()) {
            for (KernelProvider provider : KernelSelector.providers()) {
                for (KernelProvider.InstructionSet set : provider.instructionSets()) {
                    if (set.runs()) {
                        try (Kernels kernels = provider.open(set.id())) {
                            assertEquals(List.of(), KernelSelfTest.faults(kernels, reference), set.id());
                        }
                    }
                }
            }
        }
    }

    @Test
    void aWrongResultIsNamed() {
        try (Kernels reference = KernelSelector.select("reference").kernels()) {
            Kernels wrong = (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                        try {
                            Object result = method.invoke(reference, arguments);
                            if (method.getName().equals("rmsNorm")) {
                                FloatMatrix y = (FloatMatrix) arguments[3];
                                y.set(0, 5, y.get(0, 5) + 1);
                            }
                            return result;
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });

            List<String> faults = KernelSelfTest.faults(wrong, reference);

            assertFalse(faults.isEmpty());
            assertTrue(faults.stream().allMatch(fault -> fault.startsWith("norm: off by ")), faults.toString());
        }
    }

    @Test
    void aProcessOfItsOwnSaysThatTheReferenceWorks() throws InterruptedException {
        assertEquals("works", KernelProbe.run("reference", "scalar"));
    }

    @Test
    void kernelsThatAreNotThereFailWithTheReason() throws InterruptedException {
        String verdict = KernelProbe.run("reference", "avx9");

        assertTrue(verdict.startsWith("FAILS (status "), verdict);
        assertTrue(verdict.contains("no instruction set 'avx9'"), verdict);
    }

    @Test
    void theSignalThatKilledTheProcessIsTheReason() {
        String output = "#\n# A fatal error has been detected:\n#\n#  SIGILL (0x4) at pc=0x00007f\n#\nAborted\n";

        assertEquals("FAILS (status 134): SIGILL (0x4) at pc=0x00007f", KernelProbe.verdict(134, output));
    }
}
