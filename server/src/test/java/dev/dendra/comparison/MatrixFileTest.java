// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixFileTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsRead() throws IOException {
        MatrixResult result = Results.of(
                Results.host("Zen 5", "powercap"),
                Results.cell("avx512", "dense", "tg64", 16, 1234.5, OptionalDouble.of(0.0123)),
                Results.cell("amx", "1x4", "pp512", 1, 2000, OptionalDouble.empty()));
        Path file = folder.resolve("a.json");
        MatrixFile.write(file, result);
        assertEquals(result, MatrixFile.read(file));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList(), "nothing else is left");
        }
    }

    @Test
    void aHostWithoutBandwidthIsOneToo() throws IOException {
        HostDescription host = new HostDescription(
                "cpu", "unknown", "unknown", "unknown", "Linux", 1, 1, OptionalDouble.empty(), "none");
        Path file = folder.resolve("a.json");
        MatrixFile.write(file, Results.of(host));
        assertEquals(Results.of(host), MatrixFile.read(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"cpu\":\"Some|\"cpu\":7,\"x\":\"Some|host.cpu is not a text",
                "\"batch\":16|\"batch\":\"16\"|cells[0].batch is not a number",
                "\"density\":1.0|\"density\":-1|cells[0].density is not a number",
                "\"tokens_per_second\":1234.5|\"tokens\":1|cells[0].tokens_per_second is not a number",
                "\"cells\":[|\"cells\":1,\"x\":[|cells is not a list",
                "\"format_version\":1|\"format_version\":2|format_version 2 is not known",
                "dendra-bench-matrix|other|format is not dendra-bench-matrix",
                "{\"format\"|{\"format\":,|not JSON",
            })
    void whatIsNoResultIsRefusedByFileAndField(String text, String replacement, String problem) throws IOException {
        Path file = folder.resolve("broken.json");
        MatrixFile.write(
                file,
                Results.of(
                        Results.host("Zen 5", "none"),
                        Results.cell("avx512", "dense", "tg64", 16, 1234.5, OptionalDouble.empty())));
        String whole = Files.readString(file);
        assertTrue(whole.contains(text), whole);
        Files.writeString(file, whole.replace(text, replacement));
        String message = String.valueOf(assertThrows(MatrixFileException.class, () -> MatrixFile.read(file))
                .getMessage());
        assertTrue(message.startsWith(file.toString()) && message.contains(problem), message);
    }

    @Test
    void aFileThatIsNotThereIsSaidToBeMissing() {
        assertThrows(NoSuchFileException.class, () -> MatrixFile.read(folder.resolve("none.json")));
    }
}
