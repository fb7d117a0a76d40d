// SPDX-License-Identifier: Apache-2.0
package dev.dendra.metrics;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Programs of Prometheus and Python, where they are installed. */
public final class Promtool {
    /**
     * A finished process.
     *
     * @param status its exit status
     * @param output its standard output and error
     */
    public record Result(int status, String output) {}

    private Promtool() {}

    /** Runs {@code promtool}, with {@code input} on its standard input; skips the test where it is not installed. */
    public static Result run(String input, String... arguments) throws IOException, InterruptedException {
        return run("promtool", "Debian: prometheus", input, arguments);
    }

    /** Runs Python without input; skips the test where it is not installed. */
    static Result python(String... arguments) throws IOException, InterruptedException {
        return run("python3", "any of version 3.9 or newer", "", arguments);
    }

    private static Result run(String program, String where, String input, String... arguments)
            throws IOException, InterruptedException {
        assumeTrue(isOnPath(program), program + " is not on the PATH (" + where + ")");
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        Path file = Files.createTempFile("input", ".txt");
        try {
            Files.writeString(file, input);
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(file.toFile())
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } finally {
            Files.delete(file);
        }
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator), -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
