// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Takes tensors of an expected shape from a model and puts them where they are served from. */
final class TensorShapes {
    private final ModelSource source;
    private final WeightMemory memory;

    TensorShapes(ModelSource source, WeightMemory memory) {
        this.source = source;
        this.memory = memory;
    }

    PackedMatrix matrix(String name, int rows, int columns) throws ModelFormatException {
        PackedMatrix matrix = source.matrix(name);
        if (matrix.rows() != rows || matrix.columns() != columns) {
            throw fault(
                    name,
                    "has shape [" + matrix.rows() + ", " + matrix.columns() + "], expected [" + rows + ", " + columns
                            + "]");
        }
        return new PackedMatrix(
                name,
                matrix.layout(),
                memory.place(matrix.segment(), matrix.layout().bytes()));
    }

    MemorySegment vector(String name, int length) throws ModelFormatException {
        MemorySegment vector = vectorOrNull(name, length);
        if (vector == null) {
            throw fault(name, "is missing");
        }
        return vector;
    }

    @Nullable
    MemorySegment vectorOrNull(String name, int length) throws ModelFormatException {
        MemorySegment vector = source.vector(name).orElse(null);
        if (vector == null) {
            return null;
        }
        if (vector.byteSize() != (long) length * Float.BYTES) {
            throw fault(name, "has " + vector.byteSize() / Float.BYTES + " elements, expected " + length);
        }
        return memory.place(vector, vector.byteSize());
    }

    private ModelFormatException fault(String name, String problem) {
        return new ModelFormatException(source.metadata().file(), -1, "tensor '" + name + "'", problem);
    }
}
