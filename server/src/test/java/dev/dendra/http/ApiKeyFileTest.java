// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Key files, good and bad, and what becomes of them while a server runs. */
class ApiKeyFileTest {
    private static final String HASH = ApiKeys.hash("secret");

    @TempDir
    private Path folder;

    private final AtomicLong clock = new AtomicLong();
    private int changes;

    @Test
    void readsNamesHashesAndLimits() throws Exception {
        ApiKeys keys = open("# comment\n\n  a.b-C_1:" + HASH.toUpperCase(Locale.ROOT)
                        + " : rpm=60 , concurrency=8,priority-min=-3\n")
                .keys();
        ApiKey key = keys.find("secret").orElseThrow();
        assertEquals("a.b-C_1", key.name());
        assertEquals(new KeyLimits(OptionalInt.of(60), OptionalInt.of(8), OptionalInt.of(-3)), key.limits());
        assertTrue(keys.find("Secret").isEmpty());
        assertTrue(keys.find("").isEmpty());
    }

    static final List<Arguments> FAULTS = List.of(
            Arguments.of("", "no key"),
            Arguments.of("a", "line 1"),
            Arguments.of("a:b", "line 1"),
            Arguments.of("\n\na:" + HASH + "x", "line 3"),
            Arguments.of(":" + HASH, "line 1"),
            Arguments.of("a b:" + HASH, "line 1"),
            Arguments.of("a:" + HASH + "\na:" + ApiKeys.hash("other"), "line 2: the name 'a' is in line 1 already"),
            Arguments.of("a:" + HASH + "\nb:" + HASH, "line 2: the key is in line 1 already"),
            Arguments.of("a:" + HASH + ":rpm", "'rpm'"),
            Arguments.of("a:" + HASH + ":rpm=0", "'rpm'"),
            Arguments.of("a:" + HASH + ":rpm=1,rpm=2", "twice"),
            Arguments.of("a:" + HASH + ":rpm=99999999999", "'rpm'"),
            Arguments.of("a:" + HASH + ":speed=1", "unknown option 'speed'"),
            Arguments.of("a:" + HASH + ":rpm=1:x", "line 1"));

    @ParameterizedTest
    @FieldSource("FAULTS")
    void namesTheLineAtFault(String text, String part) {
        ApiKeyFileException fault = assertThrows(ApiKeyFileException.class, () -> open(text));
        String message = String.valueOf(fault.getMessage());
        assertTrue(message.contains("keys") && message.contains(part), message);
    }

    @Test
    void aKeyInPlaceOfItsHashIsNotRepeated() {
        ApiKeyFileException fault = assertThrows(ApiKeyFileException.class, () -> open("a:dk-my-secret"));
        String message = String.valueOf(fault.getMessage());
        assertTrue(!message.contains("my-secret"), message);
    }

    @Test
    void aMissingFileIsNamed() {
        ApiKeyFileException fault =
                assertThrows(ApiKeyFileException.class, () -> ApiKeyFile.open(folder.resolve("none")));
        String message = String.valueOf(fault.getMessage());
        assertTrue(message.endsWith("none: no such file"), message);
    }

    @Test
    void aChangeIsSeenAfterASecond() throws Exception {
        ApiKeyFile file = open("a:" + HASH);
        write("a:" + ApiKeys.hash("new"));
        assertTrue(file.keys().find("secret").isPresent(), "looked at too often");
        clock.addAndGet(Duration.ofSeconds(1).toNanos());
        assertTrue(file.keys().find("secret").isEmpty());
        assertTrue(file.keys().find("new").isPresent());
    }

    @Test
    void aBadChangeLeavesTheKeysAlone() throws Exception {
        ApiKeyFile file = open("a:" + HASH);
        write("nonsense");
        clock.addAndGet(Duration.ofSeconds(1).toNanos());
        assertTrue(file.keys().find("secret").isPresent());
        Files.delete(folder.resolve("keys"));
        clock.addAndGet(Duration.ofSeconds(1).toNanos());
        assertTrue(file.keys().find("secret").isPresent());
        write("a:" + ApiKeys.hash("new"));
        clock.addAndGet(Duration.ofSeconds(1).toNanos());
        assertTrue(file.keys().find("new").isPresent());
    }

    private ApiKeyFile open(String text) throws IOException, ApiKeyFileException {
        return ApiKeyFile.open(write(text), clock::get);
    }

    /** Each with a time of its own, however coarse the file system's clock is. */
    private Path write(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), text);
        changes++;
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000 + changes)));
        return file;
    }
}
