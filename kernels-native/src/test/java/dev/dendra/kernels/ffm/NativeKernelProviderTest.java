// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeKernelProviderTest {

    @TempDir
    Path directory;

    @Test
    void isFoundByTheSelector() {
        KernelProvider provider = KernelSelector.providers().stream()
                .filter(candidate -> candidate.name().equals("native"))
                .findFirst()
                .orElseThrow();

        assertEquals(20, provider.priority());
    }

    @Test
    void aWorkingLibraryIsReportedAsHoldingNoKernelsYet() throws IOException {
        Path library = BuiltLibrary.copyTo(directory);

        KernelProvider.Support support = NativeKernelProvider.probe(BuiltLibrary.locator(library));

        assertFalse(support.supported());
        assertTrue(support.detail().contains("no compute kernels yet"), support.detail());
        assertTrue(support.detail().contains(library.toString()), support.detail());
    }

    @Test
    void aMissingLibraryIsAReasonNotAnError() {
        KernelProvider.Support support =
                NativeKernelProvider.probe(BuiltLibrary.locator(directory.resolve("nowhere.so")));

        assertFalse(support.supported());
        assertTrue(support.detail().contains("nowhere.so"), support.detail());
    }

    @Test
    void askingForThemByNameFailsWithTheReason() {
        KernelLoadException exception = assertThrows(KernelLoadException.class, () -> KernelSelector.select("native"));

        assertTrue(String.valueOf(exception.getMessage()).startsWith("native: "), exception.getMessage());
    }

    @Test
    void theSystemPropertyNamesTheLibrary() {
        String before = System.getProperty(LibraryLocator.PATH_PROPERTY);
        System.setProperty(
                LibraryLocator.PATH_PROPERTY, directory.resolve("mine.so").toString());
        try {
            assertTrue(new NativeKernelProvider().probe().detail().contains("mine.so"));
        } finally {
            if (before == null) {
                System.clearProperty(LibraryLocator.PATH_PROPERTY);
            } else {
                System.setProperty(LibraryLocator.PATH_PROPERTY, before);
            }
        }
    }
}
