// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Targets of the C sources' Makefile that only tests want; a test is skipped where what builds them is missing. */
final class CBuild {
    private static final Path SOURCES = Path.of("src", "main", "c").toAbsolutePath();
    private static final Path OUTPUT = Path.of("target", "checkkernels").toAbsolutePath();

    /** What a process printed, and how it ended. */
    record Result(int status, String output) {}

    private CBuild() {}

    /** Makes {@code target}; its file is {@code directory/file} in the output. */
    static Path make(String target, String directory, String file) throws IOException, InterruptedException {
        Result built = run(List.of(
                find("make"), "-s", "-j2", "-C", SOURCES.toString(), "CC=" + compiler(), "OUT=" + OUTPUT, target));
        assertEquals(0, built.status(), built::output);
        return OUTPUT.resolve(directory, file);
    }

    /** Skips the test where the compiler lacks the headers that turn vector instructions into portable C. */
    static void requireSimde() throws IOException, InterruptedException {
        Files.createDirectories(OUTPUT);
        Path probe = Files.writeString(OUTPUT.resolve("simde.c"), "#include <simde/x86/avx512.h>\n");
        if (run(List.of(compiler(), "-fsyntax-only", probe.toString())).status() != 0) {
            abort("no SIMDe headers for " + compiler() + " (Debian, Ubuntu: libsimde-dev)");
        }
    }

    /** Skips the test where the compiler lacks the libraries that stop at wrong addresses and undefined behaviour. */
    static void requireSanitizers() throws IOException, InterruptedException {
        Files.createDirectories(OUTPUT);
        Path source = Files.writeString(OUTPUT.resolve("probe.c"), "int main(void) { return 0; }\n");
        Path probe = OUTPUT.resolve("probe");
        Result compiled =
                run(List.of(compiler(), "-fsanitize=address,undefined", "-o", probe.toString(), source.toString()));
        if (compiled.status() != 0 || run(List.of(probe.toString())).status() != 0) {
            abort("no sanitizer libraries with " + compiler() + ": " + firstLine(compiled.output()));
        }
    }

    /** Runs a command to its end. */
    static Result run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // Leaks cannot be looked for in a container that forbids tracing; the programs give back what they take.
        builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private static String compiler() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "native kernels are built on Linux only");
        for (String name : List.of("cc", "gcc")) {
            String compiler = look(name);
            if (!compiler.isEmpty()) {
                return compiler;
            }
        }
        return find("clang");
    }

    private static String find(String tool) {
        String path = look(tool);
        return path.isEmpty() ? abort("no " + tool + " on this machine") : path;
    }

    /** Path of a tool, or an empty string. */
    private static String look(String tool) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            Path candidate = Path.of(directory, tool);
            if (Files.isExecutable(candidate)) {
                return candidate.toString();
            }
        }
        return "";
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("it ends with an error");
    }
}
