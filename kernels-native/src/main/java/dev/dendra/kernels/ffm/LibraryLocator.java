// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.CodeSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the library of native kernels: where the user says, else beside the jar, else inside the jar.
 *
 * @param override path of the library or of its directory, as the user gave it; then nothing else is tried
 * @param jarDirectory where the jar lies, if the code comes from one
 * @param resources opens a class path resource by name, or returns null
 */
record LibraryLocator(
        Optional<String> override, Optional<Path> jarDirectory, Function<String, @Nullable InputStream> resources) {

    /** Environment variable with the path of the library or of its directory. */
    static final String PATH_VARIABLE = "DENDRA_NATIVE_PATH";

    /** System property of the same meaning, which wins. */
    static final String PATH_PROPERTY = "dendra.native.path";

    static final String FILE_NAME = "libdendra_kernels.so";

    /** Where the build leaves its reason for having built no library. */
    static final String SKIPPED_NAME = "skipped.txt";

    /**
     * A library file.
     *
     * @param path where it is
     * @param origin where it came from, fit to be shown to a user
     * @param privateDirectory for a copy made for this process, the directory that holds it and nothing else
     */
    record Located(Path path, String origin, Optional<Path> privateDirectory) {

        /** Deletes a private copy as far as possible; what is loaded stays loaded. */
        void discard() {
            if (privateDirectory.isPresent()) {
                try {
                    Files.deleteIfExists(path);
                    Files.deleteIfExists(privateDirectory.get());
                } catch (IOException e) {
                    path.toFile().deleteOnExit();
                }
            }
        }
    }

    static LibraryLocator ofThisProcess() {
        String property = System.getProperty(PATH_PROPERTY);
        return new LibraryLocator(
                Optional.ofNullable(property == null ? System.getenv(PATH_VARIABLE) : property)
                        .filter(path -> !path.isBlank()),
                ownJarDirectory(),
                NativeLibrary.class.getClassLoader()::getResourceAsStream);
    }

    /**
     * The library to load.
     *
     * @throws KernelLoadException if there is none
     */
    Located locate() {
        if (override.isPresent()) {
            return overridden(override.get());
        }
        Optional<Path> beside = jarDirectory.map(directory -> directory.resolve(FILE_NAME));
        if (beside.isPresent() && Files.isRegularFile(beside.get())) {
            return new Located(beside.get(), beside.get().toString(), Optional.empty());
        }
        return extracted();
    }

    private static Located overridden(String text) {
        Path given;
        try {
            given = Path.of(text);
        } catch (InvalidPathException e) {
            throw new KernelLoadException(PATH_VARIABLE + " is not a path: " + text, e);
        }
        Path file = Files.isDirectory(given) ? given.resolve(FILE_NAME) : given;
        if (!Files.isRegularFile(file)) {
            throw new KernelLoadException(PATH_VARIABLE + " names " + file + ", which does not exist");
        }
        return new Located(file, file.toString(), Optional.empty());
    }

    private Located extracted() {
        String platform = platform();
        String directory = "native/" + platform + "/";
        try (InputStream library = resources.apply(directory + FILE_NAME)) {
            if (library == null) {
                throw new KernelLoadException(absence(platform, directory));
            }
            // Nobody else may put another library in its place before it is loaded.
            Path own = Files.createTempDirectory(
                    "dendra-native",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path copy = own.resolve(FILE_NAME);
            Located located = new Located(copy, "the jar's " + directory + FILE_NAME, Optional.of(own));
            try {
                Files.copy(library, copy);
            } catch (IOException e) {
                located.discard();
                throw e;
            }
            return located;
        } catch (IOException | UnsupportedOperationException e) {
            throw new KernelLoadException(
                    "cannot copy the library out of the jar to " + System.getProperty("java.io.tmpdir") + " (" + e
                            + "); unpack it and set " + PATH_VARIABLE,
                    e);
        }
    }

    private String absence(String platform, String directory) throws IOException {
        try (InputStream skipped = resources.apply(directory + SKIPPED_NAME)) {
            return skipped == null
                    ? "this build has no native kernels for " + platform
                    : "native kernels were not built: "
                            + new String(skipped.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /** The name of this platform in the jar, as {@code build.sh} forms it. */
    static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
    }

    private static Optional<Path> ownJarDirectory() {
        CodeSource source = NativeLibrary.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return Optional.empty();
        }
        try {
            Path location = Path.of(source.getLocation().toURI());
            return Files.isRegularFile(location) ? Optional.ofNullable(location.getParent()) : Optional.empty();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
