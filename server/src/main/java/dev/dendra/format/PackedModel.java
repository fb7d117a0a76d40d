// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** A packed model in memory that somebody else owns: closing it frees nothing. */
public final class PackedModel implements ModelSource {
    private final ModelMetadata metadata;
    private final TensorRegion region;

    /**
     * A model whose tensors lie in {@code memory}.
     *
     * @throws IllegalArgumentException if a tensor reaches beyond {@code memory}
     */
    public PackedModel(ModelMetadata metadata, List<PlacedTensor> tensors, MemorySegment memory) {
        if (PlacedTensor.extent(tensors) > memory.byteSize()) {
            throw new IllegalArgumentException(
                    "tensors need " + PlacedTensor.extent(tensors) + " bytes, there are " + memory.byteSize());
        }
        this.metadata = metadata;
        this.region = new TensorRegion(metadata.file(), memory, tensors);
    }

    /**
     * Copies a model into other memory, in one allocation. {@code source} is unloaded from tensor to tensor, so that a
     * mapped file is never in memory together with its copy.
     *
     * @throws ModelFormatException if a tensor of {@code source} cannot be read
     */
    public static PackedModel copyOf(ModelSource source, TensorAllocator allocator, TensorCopier copier)
            throws ModelFormatException {
        List<PlacedTensor> placed = PlacedTensor.inSequence(List.copyOf(source.tensors()));
        MemorySegment memory = allocator.allocate(PlacedTensor.extent(placed));
        for (PlacedTensor each : placed) {
            String name = each.tensor().name();
            MemorySegment from = each.tensor().isMatrix()
                    ? source.matrix(name).segment()
                    : source.vector(name).orElseThrow();
            long bytes = each.tensor().bytes();
            copier.copy(from.asSlice(0, bytes), memory.asSlice(each.offset(), bytes));
            source.unload();
        }
        return new PackedModel(source.metadata(), placed, memory);
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
        return region.matrix(name);
    }

    @Override
    public Optional<MemorySegment> vector(String name) throws ModelFormatException {
        return region.vector(name);
    }

    @Override
    public long weightBytes() {
        return region.weightBytes();
    }

    @Override
    public void close() {}
}
