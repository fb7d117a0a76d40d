// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears under its name whole or not at all: it is written under a temporary name in the same folder,
 * forced to the disk and renamed. Closed before {@link #commit}, it leaves nothing. Writers of one name do not disturb
 * each other: the last to commit wins.
 */
public final class AtomicFile implements AutoCloseable {
    private static final String SUFFIX = ".partial";
    /** A temporary file may be younger than its lock; nobody takes this long between the two. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    /** Temporary files of this process: to try their locks would release them, as POSIX has it. */
    private static final Set<Path> LIVE = ConcurrentHashMap.newKeySet();

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    /** Tells {@link #removeStale} in other processes that the writer is alive. */
    private final @Nullable FileLock lock;

    private AtomicFile(Path target, Path temporary, FileChannel channel, @Nullable FileLock lock) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Starts a file that will be called {@code target}, in a folder that exists.
     *
     * @throws IOException if the folder cannot be written
     */
    public static AtomicFile create(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + SUFFIX);
        FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        LIVE.add(temporary);
        return new AtomicFile(absolute, temporary, channel, lock(channel));
    }

    private static @Nullable FileLock lock(FileChannel channel) {
        try {
            return channel.tryLock();
        } catch (IOException unsupported) {
            // Some network folders have no locks; the name is unique all the same.
            return null;
        }
    }

    /** Deletes temporary files in {@code folder} whose writers are gone. */
    public static void removeStale(Path folder) throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, ".*" + SUFFIX)) {
            for (Path leftover : leftovers) {
                if (isStale(leftover)) {
                    Files.deleteIfExists(leftover);
                }
            }
        }
    }

    private static boolean isStale(Path file) {
        if (LIVE.contains(file.toAbsolutePath())) {
            return false;
        }
        try {
            Instant modified = Files.getLastModifiedTime(file).toInstant();
            if (modified.isAfter(Instant.now().minus(GRACE))) {
                return false;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                return channel.tryLock() != null;
            }
        } catch (IOException inUse) {
            return false;
        }
    }

    /** Where to write. */
    public FileChannel channel() {
        return channel;
    }

    /** The file as it is called until {@link #commit}. */
    public Path temporary() {
        return temporary;
    }

    /** Forces the content to the disk and gives the file its name, replacing what had it. */
    public void commit() throws IOException {
        channel.force(true);
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        channel.close();
        try (FileChannel folder = FileChannel.open(target.resolveSibling("."), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    /** Deletes the file unless it was committed. */
    @Override
    public void close() throws IOException {
        try {
            if (lock != null && lock.isValid()) {
                lock.release();
            }
            channel.close();
        } finally {
            Files.deleteIfExists(temporary);
            LIVE.remove(temporary);
        }
    }
}
