// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a {@code .dendra} file, tensor by tensor, see {@link DendraFile} for the layout. The file appears under its
 * name when {@link #commit} returns; closed before that, it leaves nothing.
 */
public final class DendraFileWriter implements AutoCloseable {
    /** Characters that {@link Double#toString} can take beyond those of {@code 0.0}, for each tensor's error. */
    private static final int LONGEST_NUMBER = 24;

    private static final String NO_DIGEST = "0".repeat(Sha256.HEX_LENGTH);
    private static final int CHUNK = 1 << 24;

    private final AtomicFile file;
    private final Provenance provenance;
    private final ModelMetadata metadata;
    private final List<PlacedTensor> plan;
    private final List<DendraManifest.Entry> written = new ArrayList<>();
    private final int manifestBytes;

    private DendraFileWriter(
            AtomicFile file,
            Provenance provenance,
            ModelMetadata metadata,
            List<PlacedTensor> plan,
            int manifestBytes) {
        this.file = file;
        this.provenance = provenance;
        this.metadata = metadata;
        this.plan = plan;
        this.manifestBytes = manifestBytes;
    }

    /**
     * Starts a file.
     *
     * @param plan the tensors that will be written, in order
     * @throws IOException if the folder of {@code target} cannot be written
     */
    public static DendraFileWriter create(
            Path target, Provenance provenance, ModelMetadata metadata, List<PlacedTensor> plan) throws IOException {
        // The manifest comes first but holds digests that are known last, so room for it is set aside.
        List<DendraManifest.Entry> entries = plan.stream()
                .map(placed -> new DendraManifest.Entry(placed, NO_DIGEST))
                .toList();
        int bytes = DendraManifestWriter.toBytes(new DendraManifest(provenance, entries, metadata.values())).length;
        long end = PlacedTensor.align(DendraFile.MANIFEST_START + bytes + (long) LONGEST_NUMBER * plan.size());
        if (end - DendraFile.MANIFEST_START > DendraFile.MAXIMUM_MANIFEST_BYTES) {
            throw new IOException(
                    target + ": the metadata needs " + end + " bytes, more than " + DendraFile.MAXIMUM_MANIFEST_BYTES);
        }
        int manifestBytes = (int) (end - DendraFile.MANIFEST_START);
        return new DendraFileWriter(AtomicFile.create(target), provenance, metadata, List.copyOf(plan), manifestBytes);
    }

    /**
     * Writes the next tensor of the plan.
     *
     * @param bytes its bytes in kernel layout
     * @param relativeError what packing it cost, see {@link TensorDescription#relativeError}
     */
    public void write(MemorySegment bytes, double relativeError) throws IOException {
        PlacedTensor placed = plan.get(written.size());
        if (bytes.byteSize() != placed.tensor().bytes()) {
            throw new IllegalArgumentException("tensor '" + placed.tensor().name() + "' has "
                    + placed.tensor().bytes() + " bytes, got " + bytes.byteSize());
        }
        long start = DendraFile.MANIFEST_START + manifestBytes + placed.offset();
        for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
            MemorySegment chunk = bytes.asSlice(from, Math.min(CHUNK, bytes.byteSize() - from));
            writeFully(chunk.asByteBuffer(), start + from);
        }
        TensorDescription described = placed.tensor().withRelativeError(relativeError);
        written.add(new DendraManifest.Entry(new PlacedTensor(described, placed.offset()), Sha256.of(bytes)));
    }

    /**
     * Writes the manifest, forces the file to the disk and gives it its name.
     *
     * @throws IllegalStateException unless every tensor of the plan was written
     */
    public void commit() throws IOException {
        if (written.size() != plan.size()) {
            throw new IllegalStateException(written.size() + " of " + plan.size() + " tensors were written");
        }
        byte[] json = DendraManifestWriter.toBytes(new DendraManifest(provenance, written, metadata.values()));
        byte[] padded = Arrays.copyOf(json, manifestBytes);
        Arrays.fill(padded, json.length, manifestBytes, (byte) ' ');
        ByteBuffer header = ByteBuffer.allocate(DendraFile.MANIFEST_START).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(DendraFile.MAGIC)
                .putInt(DendraFile.VERSION)
                .putLong(manifestBytes)
                .flip();
        writeFully(header, 0);
        writeFully(ByteBuffer.wrap(padded), DendraFile.MANIFEST_START);
        file.commit();
    }

    private void writeFully(ByteBuffer bytes, long position) throws IOException {
        FileChannel channel = file.channel();
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
