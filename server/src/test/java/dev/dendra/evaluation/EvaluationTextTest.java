// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The texts that come with Dendra, and those that users bring. */
class EvaluationTextTest {

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(EvaluationText.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    /** Figures measured on one version of a text say nothing about another, so what is shipped stays what it is. */
    @ParameterizedTest
    @CsvSource({"literature.txt, 100000", "code.txt, 60000", "prose.txt, 50000", "choices.jsonl, 5000"})
    void whatIsShippedIsWhatItsDescriptionSays(String file, int leastBytes) throws Exception {
        byte[] bytes = resource(file);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        String readme = new String(resource("README.md"), StandardCharsets.UTF_8);
        assertTrue(
                readme.contains("| `" + file + "` | " + bytes.length + " | `" + digest + "` |"), file + " " + digest);
        assertTrue(bytes.length >= leastBytes, file + " has " + bytes.length + " bytes");
    }

    @Test
    void everyBuiltInTextIsThere() {
        for (String name : EvaluationText.BUILT_IN) {
            assertEquals(name, EvaluationText.builtIn(name).name());
        }
        String known =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> EvaluationText.builtIn("poetry"))
                        .getMessage());
        assertTrue(known.contains("literature, code, prose"), known);
    }

    @Test
    void theBuiltInChoicesAreWellFormed() throws EvaluationException {
        List<ChoiceItem> items = ChoiceReader.read(EvaluationText.builtInChoices());
        assertTrue(items.size() >= 60, items.size() + " items");
    }

    @Test
    void aFileThatIsNoTextIsNamed(@TempDir Path folder) throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.txt"));
        assertEquals(
                empty + " is empty",
                assertThrows(EvaluationException.class, () -> EvaluationText.read(empty))
                        .getMessage());
        Path latin = Files.write(folder.resolve("latin.txt"), "caf\u00e9s".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(
                latin + " is not UTF-8: byte 3",
                assertThrows(EvaluationException.class, () -> EvaluationText.read(latin))
                        .getMessage());
    }
}
