// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor of a GGUF file, as it lies there.
 *
 * @param name its name in the file
 * @param type how its elements are coded
 * @param shape 1 to 4 dimensions in GGUF's order: the first is the contiguous one
 * @param offset bytes from the start of the file to the data
 * @param data {@code rows() * type.rowBytes(columns())} bytes; readable until the file is closed
 */
public record GgufTensor(String name, GgmlType type, List<Long> shape, long offset, MemorySegment data) {

    /** Elements of a row, the contiguous dimension: the inputs K of a weight matrix {@code [N, K]}. */
    public long columns() {
        return shape.getFirst();
    }

    /** Rows: the product of all dimensions but the first; the outputs N of a weight matrix {@code [N, K]}. */
    public long rows() {
        long rows = 1;
        for (long dimension : shape.subList(1, shape.size())) {
            rows *= dimension;
        }
        return rows;
    }
}
