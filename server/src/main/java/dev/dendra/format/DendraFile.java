// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.sparse.SparseCheck;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .dendra} file, mapped read-only and ready for kernels: nothing is unpacked or copied but the vectors.
 *
 * <table>
 * <caption>Layout, little-endian</caption>
 * <tr><th>bytes</th><th>content</th></tr>
 * <tr><td>0 .. 3</td><td>{@code DNDR}</td></tr>
 * <tr><td>4 .. 7</td><td>version, {@value #VERSION}</td></tr>
 * <tr><td>8 .. 15</td><td>length of the manifest</td></tr>
 * <tr><td>from 16</td><td>manifest: JSON, padded with spaces</td></tr>
 * <tr><td>from the next multiple of 64</td><td>tensors, each at a multiple of 64: matrices as
 * {@link dev.dendra.tensor.PanelLayout} or, with a sparse pattern, {@link dev.dendra.sparse.SparseLayout} says, vectors as f32; the file ends with the last one</td></tr>
 * </table>
 *
 * <p>The mapping is released once neither this object nor any of its matrices is reachable, so that closing it cannot
 * pull memory from under a kernel.
 */
public final class DendraFile implements ModelSource {
    /** Version of the format that is read and written. */
    public static final int VERSION = 2;

    private static final double DENSITY_TOLERANCE = 1e-6;

    static final int MAGIC = 0x52444E44;
    static final int MANIFEST_START = 16;
    static final int MAXIMUM_MANIFEST_BYTES = 1 << 27;

    private final Path path;
    private final ModelMetadata metadata;
    private final DendraManifest manifest;
    private final TensorRegion region;
    private final MemorySegment segment;
    private final Set<String> checked = ConcurrentHashMap.newKeySet();

    private DendraFile(Path path, DendraManifest manifest, TensorRegion region, MemorySegment segment) {
        this.path = path;
        this.manifest = manifest;
        this.metadata = new ModelMetadata(path.toString(), manifest.metadata());
        this.region = region;
        this.segment = segment;
    }

    /**
     * Maps a file and checks its manifest; the tensors' bytes are not looked at, see {@link #verify}, but for the offsets
     * and masks of a sparse matrix, which are checked when it is first asked for.
     *
     * @throws ModelFormatException if the file is not what it claims to be
     * @throws IOException if it cannot be opened
     */
    public static DendraFile open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment segment = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            return read(path, segment);
        }
    }

    /** Reads a whole file. */
    static DendraFile read(Path path, MemorySegment segment) throws ModelFormatException {
        String file = path.toString();
        SegmentCursor cursor = new SegmentCursor(file, segment);
        if (cursor.int32("magic") != MAGIC) {
            throw new ModelFormatException(file, 0, "magic", "is not 'DNDR'");
        }
        int version = cursor.int32("version");
        if (version != VERSION) {
            throw new ModelFormatException(
                    file, 4, "version", "is " + Integer.toUnsignedString(version) + ", expected " + VERSION);
        }
        long length = cursor.int64("manifest length");
        if (Long.compareUnsigned(length, MAXIMUM_MANIFEST_BYTES) > 0) {
            throw new ModelFormatException(
                    file,
                    8,
                    "manifest length",
                    "is " + Long.toUnsignedString(length) + ", at most " + MAXIMUM_MANIFEST_BYTES + " are accepted");
        }
        cursor.require(length, "manifest");
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, MANIFEST_START, bytes, 0, bytes.length);
        DendraManifest manifest = DendraManifestReader.read(file, MANIFEST_START, bytes);
        long dataStart = PlacedTensor.align(MANIFEST_START + length);
        List<PlacedTensor> placed =
                manifest.tensors().stream().map(DendraManifest.Entry::placed).toList();
        checkPlacement(file, placed, segment.byteSize() - dataStart);
        MemorySegment data = placed.isEmpty() ? MemorySegment.NULL : segment.asSlice(dataStart);
        return new DendraFile(path, manifest, new TensorRegion(file, data, placed), segment);
    }

    /** Tensors are aligned, inside the file, apart from each other, and the file ends where the last one ends. */
    private static void checkPlacement(String file, List<PlacedTensor> placed, long room) throws ModelFormatException {
        List<PlacedTensor> sorted = new ArrayList<>(placed);
        sorted.sort(Comparator.comparingLong(PlacedTensor::offset));
        @Nullable PlacedTensor previous = null;
        for (PlacedTensor next : sorted) {
            String field = "tensor '" + next.tensor().name() + "' offset";
            long offset = next.offset();
            if (offset < 0 || offset % OffHeap.ALIGNMENT != 0) {
                throw new ModelFormatException(
                        file, -1, field, "is " + offset + ", not a multiple of " + OffHeap.ALIGNMENT);
            }
            if (offset > room || next.tensor().bytes() > room - offset) {
                throw new ModelFormatException(
                        file,
                        -1,
                        field,
                        next.tensor().bytes() + " bytes at " + offset + " do not fit into the " + Math.max(room, 0)
                                + " bytes of tensor data");
            }
            if (previous != null && offset < previous.end()) {
                throw new ModelFormatException(
                        file, -1, field, "overlaps tensor '" + previous.tensor().name() + "'");
            }
            previous = next;
        }
        long end = previous == null ? Math.max(room, 0) : previous.end();
        if (previous != null && end != room) {
            throw new ModelFormatException(
                    file, -1, "file size", "there are " + (room - end) + " bytes after the last tensor");
        }
    }

    /** Where the file is. */
    public Path path() {
        return path;
    }

    /** Where the model comes from. */
    public Provenance provenance() {
        return manifest.provenance();
    }

    /**
     * Reads every tensor and compares its digest with the manifest.
     *
     * @throws ModelFormatException naming the first tensor that differs
     */
    public void verify() throws ModelFormatException {
        for (DendraManifest.Entry entry : manifest.tensors()) {
            String actual = Sha256.of(region.bytes(entry.placed()));
            if (!actual.equals(entry.sha256())) {
                throw new ModelFormatException(
                        path.toString(),
                        -1,
                        "tensor '" + entry.placed().tensor().name() + "'",
                        "its bytes are damaged: sha256 is " + actual + ", expected " + entry.sha256());
            }
        }
    }

    @Override
    public ModelMetadata metadata() {
        return metadata;
    }

    @Override
    public Collection<TensorDescription> tensors() {
        return region.tensors();
    }

    @Override
    public boolean contains(String name) {
        return region.contains(name);
    }

    @Override
    public PackedMatrix matrix(String name) throws ModelFormatException {
        PackedMatrix matrix = region.matrix(name);
        if (matrix.pattern().isSparse() && !checked.contains(name)) {
            checkSparse(matrix);
            checked.add(name);
        }
        return matrix;
    }

    /** Kernels follow offsets and masks wherever they lead, so a matrix is handed out only once these are sound. */
    private void checkSparse(PackedMatrix matrix) throws ModelFormatException {
        String field = "tensor '" + matrix.name() + "'";
        long live;
        try {
            live = SparseCheck.liveWeights(matrix);
        } catch (IllegalArgumentException unsound) {
            throw new ModelFormatException(path.toString(), -1, field, String.valueOf(unsound.getMessage()));
        }
        double said = region.description(matrix.name()).density();
        double counted = live / ((double) matrix.rows() * matrix.columns());
        if (Math.abs(counted - said) > DENSITY_TOLERANCE) {
            throw new ModelFormatException(
                    path.toString(), -1, field + " density", "is said to be " + said + ", counted " + counted);
        }
    }

    @Override
    public Optional<MemorySegment> vector(String name) throws ModelFormatException {
        return region.vector(name);
    }

    @Override
    public Optional<Sparsification> sparsification() {
        return provenance().sparsification();
    }

    @Override
    public long weightBytes() {
        return region.weightBytes();
    }

    @Override
    public void unload() {
        if (segment.isMapped()) {
            segment.unload();
        }
    }

    @Override
    public void close() {}
}
