// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the unit tests of the page's scripts, {@code src/test/js}, where Node is at hand. */
class PageScriptsTest {
    private static final int OLDEST_NODE = 20;
    private static final Path TESTS = Path.of("src/test/js");

    @TempDir
    private Path folder;

    @Test
    void scriptsPassTheirTests() throws Exception {
        requireNode();
        List<String> command = new ArrayList<>(List.of("node", "--test"));
        try (Stream<Path> files = Files.list(TESTS)) {
            files.map(Path::toString)
                    .filter(name -> name.endsWith(".test.mjs"))
                    .sorted()
                    .forEach(command::add);
        }
        assertTrue(command.size() > 2, "no tests in " + TESTS.toAbsolutePath());
        Path output = folder.resolve("output");
        assertEquals(0, run(command, output), () -> read(output));
    }

    private void requireNode() throws Exception {
        Path output = folder.resolve("version");
        int status;
        try {
            status = run(List.of("node", "--version"), output);
        } catch (IOException e) {
            abort("node is not installed");
            return;
        }
        String version = read(output).strip();
        if (status != 0 || Integer.parseInt(version.substring(1, version.indexOf('.'))) < OLDEST_NODE) {
            abort("node " + OLDEST_NODE + " or newer is needed, found " + version);
        }
    }

    private static int run(List<String> command, Path output) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "it hangs: " + read(output));
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
