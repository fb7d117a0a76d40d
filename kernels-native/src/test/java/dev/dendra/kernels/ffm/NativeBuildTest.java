// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build script on machines that lack a tool. */
class NativeBuildTest {

    @TempDir
    Path directory;

    private Path tools;
    private Path output;

    @BeforeEach
    void aMachineWithoutCompilerOrMake() throws IOException {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "native kernels are built on Linux only");
        tools = Files.createDirectory(directory.resolve("bin"));
        output = directory.resolve("classes");
        for (String tool : List.of("dirname", "uname", "tr", "mkdir", "rm")) {
            offer(tool);
        }
    }

    @Test
    void withoutACompilerTheBuildGoesOnAndLeavesTheReason() throws Exception {
        offer("make");

        assertSkipped("no C compiler (install gcc or clang and make)");
    }

    @Test
    void withoutMakeTheBuildGoesOnAndLeavesTheReason() throws Exception {
        offer("cc");

        assertSkipped("no make (install gcc or clang and make)");
    }

    private void assertSkipped(String reason) throws Exception {
        // A library of an earlier build must not outlive the reason.
        Path library = output.resolve(BuiltLibrary.RESOURCE);
        Files.createDirectories(library.getParent());
        Files.createFile(library);

        ProcessBuilder builder = new ProcessBuilder(
                        "/bin/sh",
                        Path.of("src/main/c/build.sh").toAbsolutePath().toString(),
                        output.toString())
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        Process build = builder.start();
        String text = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, build.waitFor(), text);
        assertEquals("native kernels: skipped, " + reason + "\n", text);
        assertEquals(reason + "\n", Files.readString(output.resolve(BuiltLibrary.MARKER)));
        assertFalse(Files.exists(library));
    }

    private void offer(String tool) throws IOException {
        for (String place : List.of("/usr/bin", "/bin")) {
            Path real = Path.of(place, tool);
            if (Files.isExecutable(real)) {
                Path script = Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec " + real + " \"$@\"\n");
                assertTrue(script.toFile().setExecutable(true));
                return;
            }
        }
        assumeTrue(false, "this machine has no " + tool);
    }
}
