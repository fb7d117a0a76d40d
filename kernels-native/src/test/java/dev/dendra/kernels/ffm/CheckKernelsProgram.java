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
import java.util.ArrayList;
import java.util.List;

/** Builds {@code checkkernels}, the program that compares the kernels in C with the scalar ones, and runs it. */
final class CheckKernelsProgram {
    private static final Path SOURCES = Path.of("src", "main", "c").toAbsolutePath();
    private static final Path OUTPUT = Path.of("target", "checkkernels").toAbsolutePath();

    /** What a process printed, and how it ended. */
    record Result(int status, String output) {}

    private final Path program;

    private CheckKernelsProgram(Path program) {
        this.program = program;
    }

    /** The program as it is; the calling test is skipped where it cannot be built. */
    static CheckKernelsProgram plain() throws IOException, InterruptedException {
        return build(compiler(), "checkkernels", "check");
    }

    /**
     * The program that stops at a wrong address or undefined behaviour; the calling test is skipped where the compiler
     * lacks the libraries for that.
     */
    static CheckKernelsProgram sanitized() throws IOException, InterruptedException {
        String compiler = compiler();
        Files.createDirectories(OUTPUT);
        Path source = Files.writeString(OUTPUT.resolve("probe.c"), "int main(void) { return 0; }\n");
        Path probe = OUTPUT.resolve("probe");
        Result compiled =
                run(List.of(compiler, "-fsanitize=address,undefined", "-o", probe.toString(), source.toString()));
        if (compiled.status() != 0 || run(List.of(probe.toString())).status() != 0) {
            return abort("no sanitizer libraries with " + compiler + ": " + firstLine(compiled.output()));
        }
        return build(compiler, "checkkernels-asan", "check-asan");
    }

    /**
     * The program whose vector and tile instructions are portable C, so that every instruction set runs on any CPU; the
     * calling test is skipped where the headers for that are not there.
     */
    static CheckKernelsProgram emulated() throws IOException, InterruptedException {
        return build(emulatingCompiler(), "checkkernels-emulated", "emulated");
    }

    /** The library of the same units; the calling test is skipped where the headers for that are not there. */
    static Path emulatedLibrary() throws IOException, InterruptedException {
        return build(emulatingCompiler(), "library-emulated", "emulated", LibraryLocator.FILE_NAME).program;
    }

    private static String emulatingCompiler() throws IOException, InterruptedException {
        String compiler = compiler();
        Files.createDirectories(OUTPUT);
        Path probe = Files.writeString(OUTPUT.resolve("simde.c"), "#include <simde/x86/avx512.h>\n");
        if (run(List.of(compiler, "-fsyntax-only", probe.toString())).status() != 0) {
            return abort("no SIMDe headers for " + compiler + " (Debian, Ubuntu: libsimde-dev)");
        }
        return compiler;
    }

    /** The checks of the model of the tile instructions, which the emulated kernels rely on. */
    static CheckKernelsProgram tileModel() throws IOException, InterruptedException {
        return build(compiler(), "check-tile-model", "emulated", "check-tile-model");
    }

    /** Runs it; fails unless it ends with status 0. */
    String check(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Result result = run(command);
        assertEquals(0, result.status(), result::output);
        return result.output();
    }

    private static CheckKernelsProgram build(String compiler, String target, String directory)
            throws IOException, InterruptedException {
        return build(compiler, target, directory, "checkkernels");
    }

    private static CheckKernelsProgram build(String compiler, String target, String directory, String program)
            throws IOException, InterruptedException {
        Result built = run(List.of(
                find("make"), "-s", "-j2", "-C", SOURCES.toString(), "CC=" + compiler, "OUT=" + OUTPUT, target));
        assertEquals(0, built.status(), built::output);
        return new CheckKernelsProgram(OUTPUT.resolve(directory, program));
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

    private static Result run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // Leaks cannot be looked for in a container that forbids tracing; the program gives back what it takes.
        builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("it ends with an error");
    }
}
