// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Builds {@code checkkernels}, the program that compares the kernels in C with the scalar ones, and runs it. */
final class CheckKernelsProgram {
    private final Path program;

    private CheckKernelsProgram(Path program) {
        this.program = program;
    }

    /** The program as it is; the calling test is skipped where it cannot be built. */
    static CheckKernelsProgram plain() throws IOException, InterruptedException {
        return new CheckKernelsProgram(CBuild.make("checkkernels", "check", "checkkernels"));
    }

    /**
     * The program that stops at a wrong address or undefined behaviour; the calling test is skipped where the compiler
     * lacks the libraries for that.
     */
    static CheckKernelsProgram sanitized() throws IOException, InterruptedException {
        CBuild.requireSanitizers();
        return new CheckKernelsProgram(CBuild.make("checkkernels-asan", "check-asan", "checkkernels"));
    }

    /**
     * The program whose vector and tile instructions are portable C, so that every instruction set runs on any CPU; the
     * calling test is skipped where the headers for that are not there.
     */
    static CheckKernelsProgram emulated() throws IOException, InterruptedException {
        CBuild.requireSimde();
        return new CheckKernelsProgram(CBuild.make("checkkernels-emulated", "emulated", "checkkernels"));
    }

    /** The checks of the model of the tile instructions, which the emulated kernels rely on. */
    static CheckKernelsProgram tileModel() throws IOException, InterruptedException {
        return new CheckKernelsProgram(CBuild.make("check-tile-model", "emulated", "check-tile-model"));
    }

    /** Runs it; fails unless it ends with status 0. */
    String check(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        CBuild.Result result = CBuild.run(command);
        assertEquals(0, result.status(), result::output);
        return result.output();
    }
}
