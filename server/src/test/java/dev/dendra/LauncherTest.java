// SPDX-License-Identifier: Apache-2.0
package dev.dendra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs the cases of {@code launcher_test.sh}, which tests {@code ./dendra} on made-up machines. */
class LauncherTest {

    private static final Path SCRIPT = Path.of("src/test/sh/launcher_test.sh").toAbsolutePath();
    private static final Path LAUNCHER = Path.of("../dendra").toAbsolutePath().normalize();

    /**
     * A finished process.
     *
     * @param status its exit status
     * @param output its standard output and error
     */
    private record Result(int status, String output) {}

    @TestFactory
    Stream<DynamicTest> launcher() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "the launcher needs a POSIX shell");
        Result cases = run();
        assertEquals(0, cases.status(), cases.output());
        assertFalse(cases.output().isBlank(), "the script lists no cases");
        return cases.output()
                .lines()
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Result result = run(name);
                    assertEquals(0, result.status(), result.output());
                }));
    }

    private static Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", SCRIPT.toString(), LAUNCHER.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
