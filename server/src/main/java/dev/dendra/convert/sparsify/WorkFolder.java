// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.format.AtomicFile;
import dev.dendra.format.DendraFile;
import dev.dendra.format.DendraFileWriter;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.Provenance;
import dev.dendra.format.Sha256;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the finished parts of a model beside the file that they will become, so that work that was broken off goes on where
 * it stopped. Each part is a {@code .dendra} file of its own, which appears under its name once it is whole, and holds a
 * digest of all that it depends on: those of another digest are deleted when the folder is opened.
 */
public final class WorkFolder {
    private static final String SUFFIX = ".dendra";

    private final Path folder;
    private final Provenance provenance;
    private final Map<String, DendraFile> parts = new HashMap<>();
    private boolean discarded;

    private WorkFolder(Path folder, Provenance provenance) {
        this.folder = folder;
        this.provenance = provenance;
    }

    /** The folder of the model that will be called {@code output}. */
    public static Path beside(Path output) {
        return output.resolveSibling(output.getFileName() + ".partial");
    }

    /**
     * Opens a folder, and makes it where there is none.
     *
     * @param provenance of the parts; its method holds the digest of what they depend on
     * @throws IOException if the folder cannot be made, read or cleared
     */
    static WorkFolder open(Path folder, Provenance provenance) throws IOException {
        Files.createDirectories(folder);
        AtomicFile.removeStale(folder);
        WorkFolder work = new WorkFolder(folder, provenance);
        for (Path file : work.files()) {
            work.take(file);
        }
        return work;
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            entries.forEach(files::add);
        }
        return files;
    }

    private void take(Path file) throws IOException {
        try {
            DendraFile part = DendraFile.open(file);
            if (part.provenance().equals(provenance)) {
                part.verify();
                String name = String.valueOf(file.getFileName());
                parts.put(name.substring(0, name.length() - SUFFIX.length()), part);
                return;
            }
            discarded = true;
        } catch (ModelFormatException damaged) {
            // Made anew, as one that is not there.
        }
        Files.deleteIfExists(file);
    }

    /** Where it is. */
    public Path folder() {
        return folder;
    }

    /** Whether it held parts of a run with other settings. */
    public boolean hasDiscarded() {
        return discarded;
    }

    /** Whether a part is finished. */
    boolean contains(String part) {
        return parts.containsKey(part);
    }

    /** A part that is finished. */
    Optional<DendraFile> part(String name) {
        return Optional.ofNullable(parts.get(name));
    }

    /**
     * Finishes a part.
     *
     * @param metadata what else it knows
     * @throws IOException naming the file if it cannot be written; nothing is left of it
     * @throws InterruptedException if the thread is interrupted
     */
    DendraFile write(String name, List<PackedTensor> tensors, Map<String, Object> metadata)
            throws IOException, InterruptedException {
        Path file = folder.resolve(name + SUFFIX);
        write(file, provenance, new ModelMetadata(file.toString(), metadata), tensors);
        DendraFile part = DendraFile.open(file);
        parts.put(name, part);
        return part;
    }

    /** Writes a packed file, and says which one if that fails. */
    static void write(Path file, Provenance provenance, ModelMetadata metadata, List<PackedTensor> tensors)
            throws IOException, InterruptedException {
        List<PlacedTensor> plan = PlacedTensor.inSequence(
                tensors.stream().map(PackedTensor::description).toList());
        try (DendraFileWriter writer = DendraFileWriter.create(file, provenance, metadata, plan)) {
            for (PackedTensor tensor : tensors) {
                writer.write(tensor.bytes(), tensor.description().relativeError());
            }
            writer.commit();
        } catch (ClosedByInterruptException interrupted) {
            throw (InterruptedException) new InterruptedException().initCause(interrupted);
        } catch (FileSystemException named) {
            throw named;
        } catch (IOException fault) {
            throw (IOException) new FileSystemException(file.toString(), null, fault.getMessage()).initCause(fault);
        }
    }

    /** Deletes the folder with all parts. */
    void delete() throws IOException {
        parts.clear();
        for (Path file : files()) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
    }

    /** Digest of lines that say what parts depend on. */
    static String digest(List<String> lines) {
        return Sha256.of(String.join("\n", lines));
    }
}
