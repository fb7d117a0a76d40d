// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiagnosisTest {

    @Test
    void tellsOfAnotherMachineWhatItsFilesSay(@TempDir Path root) throws IOException, InterruptedException {
        write(root, "proc/cpuinfo", """
                processor\t: 0
                vendor_id\t: GenuineIntel
                cpu family\t: 6
                model\t\t: 143
                model name\t: A Processor
                stepping\t: 8
                flags\t\t: fpu avx2 fma avx512f amx_tile
                """);
        write(root, "proc/meminfo", """
                MemTotal:       16000000 kB
                MemAvailable:   12000000 kB
                """);
        String report = report(root);
        assertTrue(report.contains("A Processor (GenuineIntel, Sapphire Rapids)"), report);
        assertTrue(report.contains("avx2 fma avx512f amx_tile"), report);
        assertTrue(lineOf(report, "flags it lacks").contains("amx_int8"), report);
        assertTrue(lineOf(report, "installed").contains("16.38 GB"), report);
        assertTrue(lineOf(report, "control group limit").contains("none"), report);
        assertTrue(lineOf(report, "meter").contains("none: "), report);
        assertTrue(lineOf(report, "reference").contains("available"), report);
        assertTrue(lineOf(report, "--deterministic").contains("activations are"), report);
        assertTrue(lineOf(report, "version").contains(System.getProperty("java.runtime.version")), report);
        assertTrue(lineOf(report, "cache").contains("not made yet"), report);
    }

    @Test
    void aMachineThatTellsNothingIsStillReported(@TempDir Path root) throws InterruptedException {
        String report = report(root);
        assertTrue(lineOf(report, "model").contains("unknown"), report);
        assertTrue(lineOf(report, "flags that matter").contains("none"), report);
    }

    private static String report(Path root) throws InterruptedException {
        StringWriter text = new StringWriter();
        new Diagnosis(root, root.resolve("cache"), List.of(), new PrintWriter(text), false).print();
        return text.toString();
    }

    private static String lineOf(String report, String label) {
        return report.lines()
                .filter(line -> line.startsWith("  " + label + " "))
                .findFirst()
                .orElse("");
    }

    private static void write(Path root, String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
