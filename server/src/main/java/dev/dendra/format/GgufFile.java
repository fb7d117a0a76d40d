// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * A GGUF file, version 2 or 3, little-endian, mapped read-only. Everything its header claims is checked against the
 * file when it is opened; the tensors' elements are not looked at.
 *
 * <p>Format: {@code docs/gguf.md} of the ggml project.
 */
public final class GgufFile implements AutoCloseable {
    private final Path path;
    private final long size;
    private final Arena arena;
    private final ModelMetadata metadata;
    private final Map<String, GgufTensor> tensors;

    private GgufFile(Path path, long size, Arena arena, GgufHeader header) {
        this.path = path;
        this.size = size;
        this.arena = arena;
        this.metadata = header.metadata();
        this.tensors = header.tensors();
    }

    /**
     * Maps a file and reads its header.
     *
     * @throws ModelFormatException if the file is not what it claims to be
     * @throws IOException if it cannot be opened
     */
    public static GgufFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment segment = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufFile(path, segment.byteSize(), arena, GgufHeader.read(path.toString(), segment));
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /** Where the file is. */
    public Path path() {
        return path;
    }

    /** Bytes of the file. */
    public long size() {
        return size;
    }

    /** The key-value section. */
    public ModelMetadata metadata() {
        return metadata;
    }

    /** Every tensor, in the order of the header. */
    public Collection<GgufTensor> tensors() {
        return tensors.values();
    }

    /** The tensor of that name. */
    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** Unmaps the file: the data of its tensors cannot be read any more. */
    @Override
    public void close() {
        arena.close();
    }
}
