// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KernelSelectorTest {

    @Test
    void providersComeBestFirst() {
        List<String> names =
                KernelSelector.providers().stream().map(KernelProvider::name).toList();
        assertEquals(List.of("vector", "reference"), names);
    }

    @Test
    void aNamedProviderIsOpened() {
        try (Kernels kernels = KernelSelector.select("reference").kernels()) {
            assertEquals(new KernelInfo("reference", "scalar", 0), kernels.info());
        }
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        KernelLoadException e = assertThrows(KernelLoadException.class, () -> KernelSelector.select("gpu"));
        assertEquals("no kernels called 'gpu'; known: vector, reference", e.getMessage());
    }

    @Test
    void withTheVectorModuleVectorKernelsAreChosen() throws IOException, InterruptedException {
        assertEquals("vector []", choiceOf("--add-modules", "jdk.incubator.vector"));
    }

    @Test
    void withoutTheVectorModuleTheReferenceIsChosenAndTheFlagNamed() throws IOException, InterruptedException {
        String choice = choiceOf();
        assertTrue(choice.startsWith("reference [vector: "), choice);
        assertTrue(choice.contains("--add-modules jdk.incubator.vector"), choice);
    }

    @Test
    void withoutC2TheReferenceIsChosen() throws IOException, InterruptedException {
        String choice = choiceOf("--add-modules", "jdk.incubator.vector", "-XX:TieredStopAtLevel=1");
        assertTrue(choice.startsWith("reference [vector: ") && choice.contains("C2"), choice);
        choice = choiceOf("--add-modules", "jdk.incubator.vector", "-Xint");
        assertTrue(choice.startsWith("reference [vector: ") && choice.contains("-Xint"), choice);
    }

    @Test
    void anImpossibleWidthIsNamed() throws IOException, InterruptedException {
        String choice = choiceOf("--add-modules", "jdk.incubator.vector", "-Ddendra.vector.bits=96");
        assertTrue(choice.contains("dendra.vector.bits is '96'"), choice);
    }

    /** What a fresh virtual machine with these options chooses, and what it passed over. */
    private static String choiceOf(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Choice.class.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** Prints the automatic choice. */
    static final class Choice {
        private Choice() {}

        public static void main(String[] arguments) {
            KernelSelector.Selection selection = KernelSelector.select(KernelSelector.AUTO);
            try (Kernels kernels = selection.kernels()) {
                System.out.println(kernels.info().provider() + " " + selection.passedOver());
            }
        }
    }
}
