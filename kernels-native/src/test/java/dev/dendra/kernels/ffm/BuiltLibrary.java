// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The library as the build made it, and small ones made for a test. */
final class BuiltLibrary {

    static final String RESOURCE = "native/" + LibraryLocator.platform() + "/" + LibraryLocator.FILE_NAME;
    static final String MARKER = "native/" + LibraryLocator.platform() + "/" + LibraryLocator.SKIPPED_NAME;

    private BuiltLibrary() {}

    /** A copy of the library in {@code directory}; the test is skipped if the build made none. */
    static Path copyTo(Path directory) throws IOException {
        try (InputStream library = resource(RESOURCE)) {
            if (library == null) {
                return abort("no native library in this build: " + reason());
            }
            Path copy = directory.resolve(LibraryLocator.FILE_NAME);
            Files.copy(library, copy);
            return copy;
        }
    }

    /** Compiles {@code source} into a shared library; the test is skipped where there is no compiler. */
    static Path compile(Path directory, String source, String... flags) throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("library.c"), source);
        Path library = directory.resolve("library.so");
        Process compiler;
        try {
            List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o", library.toString()));
            command.addAll(List.of(flags));
            command.add(file.toString());
            compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return abort("no C compiler: " + e.getMessage());
        }
        String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (compiler.waitFor() != 0) {
            throw new IOException(output);
        }
        return library;
    }

    static @Nullable InputStream resource(String name) {
        return BuiltLibrary.class.getClassLoader().getResourceAsStream(name);
    }

    /** Finds the library of this build; the test is skipped if there is none. */
    static LibraryLocator locator() throws IOException {
        try (InputStream library = resource(RESOURCE)) {
            return library == null
                    ? abort("no native library in this build: " + reason())
                    : new LibraryLocator(Optional.empty(), Optional.empty(), BuiltLibrary::resource);
        }
    }

    static LibraryLocator locator(Path override) {
        return new LibraryLocator(Optional.of(override.toString()), Optional.empty(), name -> null);
    }

    private static String reason() throws IOException {
        try (InputStream marker = resource(MARKER)) {
            return marker == null ? "unknown" : new String(marker.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }
}
