// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Placed tensors and the one segment in which they lie. */
final class TensorRegion {
    private final String file;
    private final MemorySegment segment;
    private final Map<String, PlacedTensor> tensors = new LinkedHashMap<>();

    /** Tensors that are known to fit into {@code segment}. */
    TensorRegion(String file, MemorySegment segment, List<PlacedTensor> placed) {
        this.file = file;
        this.segment = segment;
        for (PlacedTensor each : placed) {
            tensors.put(each.tensor().name(), each);
        }
    }

    Collection<TensorDescription> tensors() {
        return tensors.values().stream().map(PlacedTensor::tensor).toList();
    }

    boolean contains(String name) {
        return tensors.containsKey(name);
    }

    PackedMatrix matrix(String name) throws ModelFormatException {
        PlacedTensor placed = tensors.get(name);
        if (placed == null) {
            throw fault(name, "is missing");
        }
        if (!placed.tensor().isMatrix()) {
            throw fault(name, "is a vector, expected a matrix");
        }
        return new PackedMatrix(name, placed.tensor().layout(), placed.tensor().pattern(), bytes(placed));
    }

    Optional<MemorySegment> vector(String name) throws ModelFormatException {
        @Nullable PlacedTensor placed = tensors.get(name);
        if (placed == null) {
            return Optional.empty();
        }
        if (placed.tensor().isMatrix()) {
            throw fault(name, "is a matrix, expected a vector");
        }
        MemorySegment bytes = bytes(placed);
        if (!bytes.isMapped()) {
            return Optional.of(bytes);
        }
        // Kernels see one kind of segment, and a copy of a few kilobytes is the cheapest way to it.
        MemorySegment copy = OffHeap.allocate(Arena.ofAuto(), bytes.byteSize()).asSlice(0, bytes.byteSize());
        return Optional.of(copy.copyFrom(bytes));
    }

    /** What a tensor that is there was said to be. */
    TensorDescription description(String name) {
        return Objects.requireNonNull(tensors.get(name)).tensor();
    }

    /** The bytes of a tensor. */
    MemorySegment bytes(PlacedTensor placed) {
        return segment.asSlice(placed.offset(), placed.tensor().bytes());
    }

    Collection<PlacedTensor> placed() {
        return tensors.values();
    }

    /** Bytes of all tensors. */
    long weightBytes() {
        return tensors.values().stream()
                .mapToLong(placed -> placed.tensor().bytes())
                .sum();
    }

    private ModelFormatException fault(String name, String problem) {
        return new ModelFormatException(file, -1, "tensor '" + name + "'", problem);
    }
}
