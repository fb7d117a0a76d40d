// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A file of keys that is read again when it changes: a key that is taken out of it is refused a second later. A file that
 * cannot be read any more, or that has an error, changes nothing but the log. Any thread.
 */
public final class ApiKeyFile {
    private static final long MAXIMUM_BYTES = 4 << 20;
    private static final long CHECK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final System.Logger LOGGER = System.getLogger(ApiKeyFile.class.getName());

    private final Path path;
    private final LongSupplier clock;
    private final AtomicLong lastCheck;
    private volatile @Nullable Version version;
    private volatile ApiKeys keys;

    /** What tells one state of the file from another; a file that was replaced has another {@code identity}. */
    private record Version(
            FileTime modified, long bytes, @Nullable Object identity) {}

    private ApiKeyFile(Path path, LongSupplier clock) throws ApiKeyFileException {
        this.path = path;
        this.clock = clock;
        this.lastCheck = new AtomicLong(clock.getAsLong());
        try {
            this.version = version(path);
            this.keys = read(path);
        } catch (IOException e) {
            throw new ApiKeyFileException(path, problem(e));
        }
    }

    /**
     * Reads {@code path}.
     *
     * @throws ApiKeyFileException if it cannot be read, or names the line that is wrong
     */
    public static ApiKeyFile open(Path path) throws ApiKeyFileException {
        return new ApiKeyFile(path, System::nanoTime);
    }

    /** The same; {@code clock} counts nanoseconds. */
    static ApiKeyFile open(Path path, LongSupplier clock) throws ApiKeyFileException {
        return new ApiKeyFile(path, clock);
    }

    /** The keys as of a second ago or later. */
    ApiKeys keys() {
        long now = clock.getAsLong();
        long last = lastCheck.get();
        if (now - last >= CHECK_NANOS && lastCheck.compareAndSet(last, now)) {
            readIfChanged();
        }
        return keys;
    }

    private void readIfChanged() {
        Version before = version;
        try {
            Version found = version(path);
            if (found.equals(before)) {
                return;
            }
            // Told once for each state of the file, not at every look.
            version = found;
            keys = read(path);
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "{0} has changed: {1} keys",
                    path,
                    keys.all().size());
        } catch (IOException e) {
            if (before != null) {
                version = null;
                LOGGER.log(System.Logger.Level.WARNING, "the keys stay as they were: " + path + ": " + problem(e));
            }
        } catch (ApiKeyFileException e) {
            LOGGER.log(System.Logger.Level.WARNING, "the keys stay as they were: " + e.getMessage());
        }
    }

    private static Version version(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }

    private static ApiKeys read(Path path) throws IOException, ApiKeyFileException {
        if (Files.size(path) > MAXIMUM_BYTES) {
            throw new ApiKeyFileException(path, "the file is larger than " + MAXIMUM_BYTES + " bytes");
        }
        return ApiKeyParser.parse(path, Files.readAllLines(path));
    }

    private static String problem(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "no such file";
            case AccessDeniedException _ -> "permission denied";
            case CharacterCodingException _ -> "it is not UTF-8 text";
            default -> String.valueOf(e.getMessage());
        };
    }
}
