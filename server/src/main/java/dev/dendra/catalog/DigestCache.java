// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import dev.dendra.format.AtomicFile;
import dev.dendra.format.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Remembers the digests of files by path, size, time of change and identity, since hashing takes a second for every
 * gigabyte.
 */
final class DigestCache {
    private static final Logger LOGGER = Logger.getLogger(DigestCache.class.getName());

    private final Path folder;

    /** Digests kept in {@code folder}. */
    DigestCache(Path folder) {
        this.folder = folder;
    }

    /** The SHA-256 digest of a file. */
    String digest(Path file) throws IOException {
        Path real = file.toRealPath();
        BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
        String identity = real + "\n" + attributes.size() + " "
                + attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS) + " " + attributes.fileKey() + "\n";
        Path note = note(real);
        Optional<String> remembered = recall(note, identity);
        if (remembered.isPresent()) {
            return remembered.get();
        }
        String digest = Sha256.of(real);
        remember(note, identity + digest);
        return digest;
    }

    private Path note(Path real) {
        return folder.resolve(Sha256.of(real.toString()).substring(0, 16) + ".digest");
    }

    private static Optional<String> recall(Path note, String identity) {
        try {
            String text = Files.readString(note);
            String digest = text.substring(Math.max(0, text.length() - Sha256.HEX_LENGTH));
            return text.equals(identity + digest) && Sha256.isHex(digest) ? Optional.of(digest) : Optional.empty();
        } catch (NoSuchFileException unknown) {
            return Optional.empty();
        } catch (IOException e) {
            LOGGER.log(Level.FINE, "a remembered digest cannot be read", e);
            return Optional.empty();
        }
    }

    private void remember(Path note, String text) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            LOGGER.log(Level.FINE, "there is no folder to remember a digest in", e);
            return;
        }
        try (AtomicFile file = AtomicFile.create(note)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.channel().write(bytes);
            }
            file.commit();
        } catch (IOException e) {
            LOGGER.log(Level.FINE, "the digest is not remembered", e);
        }
    }
}
