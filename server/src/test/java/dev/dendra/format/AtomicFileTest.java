// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

    @TempDir
    Path folder;

    @Test
    void theNameAppearsAtCommit() throws IOException {
        Path target = folder.resolve("model");
        try (AtomicFile file = AtomicFile.create(target)) {
            file.channel().write(ByteBuffer.wrap(new byte[] {1, 2}));
            assertFalse(Files.exists(target));
            file.commit();
            assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(target));
        }
        assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(target));
        assertEquals(1, files());
    }

    @Test
    void withoutCommitNothingIsLeft() throws IOException {
        try (AtomicFile file = AtomicFile.create(folder.resolve("model"))) {
            file.channel().write(ByteBuffer.wrap(new byte[] {1, 2}));
        }
        assertEquals(0, files());
    }

    @Test
    void onlyFilesOfWritersThatAreGoneAreStale() throws IOException {
        Path dead = Files.write(folder.resolve(".model.dead.partial"), new byte[1]);
        Files.setLastModifiedTime(dead, LONG_AGO);
        Path young = Files.write(folder.resolve(".model.young.partial"), new byte[1]);
        try (AtomicFile live = AtomicFile.create(folder.resolve("model"))) {
            Files.setLastModifiedTime(live.temporary(), LONG_AGO);
            AtomicFile.removeStale(folder);
            assertFalse(Files.exists(dead));
            assertTrue(Files.exists(young));
            assertTrue(Files.exists(live.temporary()));
        }
    }

    private long files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }
}
