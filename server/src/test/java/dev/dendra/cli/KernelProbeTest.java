// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
            Kernels wrong = spoiled(reference, (method, arguments) -> {
                if (method.equals("rmsNorm")) {
                    addOne((FloatMatrix) arguments[3]);
                }
            });

            List<String> faults = KernelSelfTest.faults(wrong, reference);

            assertFalse(faults.isEmpty());
            assertTrue(faults.stream().allMatch(fault -> fault.startsWith("norm: off by ")), faults.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DENSE")
    void aWrongProductWithASparseMatrixIsNamed(Pattern pattern) {
        try (Kernels reference = KernelSelector.select("reference").kernels()) {
            Kernels wrong = spoiled(reference, (method, arguments) -> {
                if (method.equals("matmul")
                        && arguments[0] instanceof PackedMatrix w
                        && w.pattern() == pattern
                        && w.encoding() == Encoding.I8) {
                    addOne((FloatMatrix) arguments[2]);
                }
            });

            List<String> faults = KernelSelfTest.faults(wrong, reference);

            assertFalse(faults.isEmpty());
            assertTrue(
                    faults.stream()
                            .allMatch(fault ->
                                    fault.matches("product of \\w+ and i8 " + pattern.id() + ", .* off by .*")),
                    faults.toString());
        }
    }

    /** Kernels that compute what others do, and then do harm to it. */
    private static Kernels spoiled(Kernels right, BiConsumer<String, Object[]> harm) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(right, arguments);
                        harm.accept(method.getName(), arguments);
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void addOne(FloatMatrix y) {
        y.set(0, 5, y.get(0, 5) + 1);
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
