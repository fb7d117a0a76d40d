// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import dev.dendra.convert.ConversionProgress;
import dev.dendra.convert.ModelConverter;
import dev.dendra.format.AtomicFile;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.format.TensorAllocator;
import dev.dendra.tensor.Encoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Packs each GGUF file once, and maps the result from then on. The packed file's name holds the digest of its source,
 * the encoding that was asked for and the version of the format, so a changed source or option never meets an old file.
 */
public final class PackedCache {
    private final Path folder;
    private final ModelConverter converter;
    private final DigestCache digests;

    /**
     * A cache in {@code folder}, which is created when needed.
     *
     * @param converter packs what is not there yet
     */
    public PackedCache(Path folder, ModelConverter converter) {
        this.folder = folder;
        this.converter = converter;
        this.digests = new DigestCache(folder);
    }

    /**
     * A model ready to run.
     *
     * @param source the model
     * @param file the packed file that is mapped; empty where the model was packed in memory
     * @param reason why it was packed in memory; empty where it is mapped
     */
    public record Prepared(ModelSource source, Optional<Path> file, Optional<String> reason) {}

    /**
     * Opens a GGUF file as packed: from the cache, else packed into it, else, where the cache cannot be written, packed
     * in memory.
     *
     * @param encoding of every matrix; empty for the one nearest to each tensor's type
     * @param fallback memory for a model that cannot be cached
     * @throws ModelFormatException if the GGUF file is not what it claims to be, or cannot be packed
     * @throws IOException if it cannot be read
     */
    public Prepared open(Path gguf, Optional<Encoding> encoding, TensorAllocator fallback, ConversionProgress progress)
            throws IOException {
        String digest = digests.digest(gguf);
        Path packed = packedFile(gguf, digest, encoding);
        DendraFile cached = openCached(packed, digest);
        if (cached != null) {
            return new Prepared(cached, Optional.of(packed), Optional.empty());
        }
        try (GgufFile source = GgufFile.open(gguf)) {
            try {
                Files.createDirectories(folder);
                AtomicFile.removeStale(folder);
                converter.convert(source, digest, encoding, packed, progress);
                return new Prepared(DendraFile.open(packed), Optional.of(packed), Optional.empty());
            } catch (ModelFormatException fault) {
                throw fault;
            } catch (IOException unwritable) {
                ModelSource inMemory = converter.pack(source, encoding, fallback, progress);
                return new Prepared(
                        inMemory, Optional.empty(), Optional.of("cannot write " + folder + ": " + unwritable));
            }
        }
    }

    private Path packedFile(Path gguf, String digest, Optional<Encoding> encoding) {
        String name = String.valueOf(gguf.getFileName());
        String stem = name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
        return folder.resolve(stem + "-" + digest.substring(0, 16) + "-"
                + encoding.map(Encoding::id).orElse("auto") + "-v" + DendraFile.VERSION + ".dendra");
    }

    /** The packed file if it is there and sound; a damaged one is packed anew. */
    private static @Nullable DendraFile openCached(Path packed, String digest) throws IOException {
        if (!Files.isRegularFile(packed)) {
            return null;
        }
        try {
            DendraFile file = DendraFile.open(packed);
            return file.provenance().sourceSha256().equals(digest) ? file : null;
        } catch (ModelFormatException damaged) {
            return null;
        }
    }
}
