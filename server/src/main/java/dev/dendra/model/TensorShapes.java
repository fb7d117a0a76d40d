// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Takes tensors of an expected shape from a model. */
final class TensorShapes {
    private final ModelSource source;

    TensorShapes(ModelSource source) {
        this.source = source;
    }

    PackedMatrix matrix(String name, int rows, int columns) throws ModelFormatException {
        PackedMatrix matrix = source.matrix(name);
        if (matrix.rows() != rows || matrix.columns() != columns) {
            throw fault(
                    name,
                    "has shape [" + matrix.rows() + ", " + matrix.columns() + "], expected [" + rows + ", " + columns
                            + "]");
        }
        return matrix;
    }

    /** A matrix whose rows are looked up. */
    PackedMatrix table(String name, int rows, int columns) throws ModelFormatException {
        PackedMatrix table = matrix(name, rows, columns);
        if (table.pattern().isSparse()) {
            throw fault(
                    name,
                    "has pattern " + table.pattern().id()
                            + ", but its rows are looked up and must be dense; a sparse head"
                            + " goes into a tensor of its own, output.weight");
        }
        return table;
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
        return vector;
    }

    private ModelFormatException fault(String name, String problem) {
        return new ModelFormatException(source.metadata().file(), -1, "tensor '" + name + "'", problem);
    }
}
