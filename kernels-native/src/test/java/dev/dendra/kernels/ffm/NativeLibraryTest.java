// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.KernelLoadException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {

    @TempDir
    Path directory;

    @Test
    void theLibraryInTheClassPathLoadsAndHasOurAbi() throws IOException {
        BuiltLibrary.copyTo(directory);
        LibraryLocator locator = new LibraryLocator(Optional.empty(), Optional.empty(), BuiltLibrary::resource);

        try (NativeLibrary library = NativeLibrary.open(locator)) {
            assertTrue(library.origin().contains(BuiltLibrary.RESOURCE), library.origin());
        }
    }

    @Test
    void theCopyOutOfTheJarIsPrivateAndGoneAfterwards() throws IOException {
        BuiltLibrary.copyTo(directory);
        LibraryLocator.Located located =
                new LibraryLocator(Optional.empty(), Optional.empty(), BuiltLibrary::resource).locate();
        Path parent = located.path().getParent();
        assertEquals(
                "[OWNER_EXECUTE, OWNER_READ, OWNER_WRITE]",
                Files.getPosixFilePermissions(parent).stream()
                        .map(Enum::name)
                        .sorted()
                        .toList()
                        .toString());

        located.discard();

        assertFalse(Files.exists(located.path()));
        assertFalse(Files.exists(parent));
    }

    @Test
    void anOverrideMayNameTheFileOrItsDirectory() throws IOException {
        Path file = BuiltLibrary.copyTo(directory);

        for (Path override : new Path[] {file, directory}) {
            try (NativeLibrary library = NativeLibrary.open(BuiltLibrary.locator(override))) {
                assertEquals(file.toString(), library.origin());
            }
        }
        assertTrue(Files.exists(file), "a library of the user's is not ours to delete");
    }

    @Test
    void aLibraryBesideTheJarComesBeforeTheOneInIt() throws IOException {
        Path file = BuiltLibrary.copyTo(directory);
        LibraryLocator locator = new LibraryLocator(Optional.empty(), Optional.of(directory), BuiltLibrary::resource);

        try (NativeLibrary library = NativeLibrary.open(locator)) {
            assertEquals(file.toString(), library.origin());
        }
    }

    @Test
    void anOverrideThatDoesNotExistIsNamed() {
        Path missing = directory.resolve("nowhere.so");

        String message = failure(BuiltLibrary.locator(missing));

        assertTrue(message.contains(missing.toString()), message);
        assertTrue(message.contains(LibraryLocator.PATH_VARIABLE), message);
    }

    @Test
    void theReasonTheBuildLeftBehindIsTold() {
        LibraryLocator locator = new LibraryLocator(
                Optional.empty(),
                Optional.empty(),
                name -> name.equals(BuiltLibrary.MARKER)
                        ? new ByteArrayInputStream("no C compiler\n".getBytes(StandardCharsets.UTF_8))
                        : null);

        assertEquals("native kernels were not built: no C compiler", failure(locator));
    }

    @Test
    void aBuildForAnotherPlatformIsTold() {
        LibraryLocator locator = new LibraryLocator(Optional.empty(), Optional.empty(), name -> null);

        assertTrue(failure(locator).contains(LibraryLocator.platform()));
    }

    @Test
    void truncatedLibrariesAreRefusedAndDoNotKillTheProcess() throws IOException {
        Path file = BuiltLibrary.copyTo(directory);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += Math.max(1, whole.length / 97)) {
            Files.write(file, Arrays.copyOf(whole, length));
            String message = failure(BuiltLibrary.locator(file));
            assertTrue(message.contains("truncated"), length + " bytes: " + message);
            assertTrue(message.contains(file.toString()), message);
        }
    }

    @Test
    void aFileOfAnotherKindIsRefused() throws IOException {
        Path file = Files.write(directory.resolve("text.so"), new byte[4096]);

        assertTrue(failure(BuiltLibrary.locator(file)).contains("not a 64-bit shared library"));
    }

    @Test
    void aLibraryOfAnotherAbiVersionIsRefused() throws Exception {
        Path library = BuiltLibrary.compile(directory, "unsigned dendra_abi_version(void) { return 4000000000u; }\n");

        String message = failure(BuiltLibrary.locator(library));

        assertTrue(message.contains("ABI version 4000000000"), message);
        assertTrue(message.contains("needs " + NativeLibrary.ABI_VERSION), message);
    }

    @Test
    void aLibraryOfSomebodyElseIsRefused() throws Exception {
        Path library = BuiltLibrary.compile(directory, "int other(void) { return 1; }\n");

        assertTrue(failure(BuiltLibrary.locator(library)).contains("dendra_abi_version"));
    }

    private static String failure(LibraryLocator locator) {
        KernelLoadException exception = assertThrows(
                KernelLoadException.class, () -> NativeLibrary.open(locator).close());
        return String.valueOf(exception.getMessage());
    }
}
