// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelOptionTest {
    @Test
    void mayNameAModel() throws Exception {
        assertEquals(option("a", "b.gguf"), ModelOption.parse("a=b.gguf"));
        assertEquals(option("org/a:1", "x=y"), ModelOption.parse("org/a:1=x=y"));
        assertEquals(new ModelOption(Optional.empty(), Optional.of("b.gguf")), ModelOption.parse("b.gguf"));
        assertEquals(option("c", "b.gguf"), ModelOption.parse("a=b.gguf").named("c"));
    }

    @Test
    void takesAnExistingFileAsOne(@TempDir Path folder) throws Exception {
        String file = Files.writeString(folder.resolve("a=b.gguf"), "").toString();
        assertEquals(new ModelOption(Optional.empty(), Optional.of(file)), ModelOption.parse(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"=b.gguf", "a b=c", "-a=b", "a\tb=c", "é=b", "a="})
    void refusesNamesThatClientsCouldNotWrite(String text) {
        CommandFailure failure = assertThrows(CommandFailure.class, () -> ModelOption.parse(text));
        assertTrue(String.valueOf(failure.getMessage()).contains("--model " + text));
    }

    private static ModelOption option(String alias, String where) {
        return new ModelOption(Optional.of(alias), Optional.of(where));
    }
}
