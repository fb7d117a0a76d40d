// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.MatmulSlice;
import dev.dendra.tensor.Encoding;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatmulSlicesTest {

    /** Outputs of the tiny model in panels: q 2, k and v 1, output 2, gate and up 3, down 2, head 4. */
    @Test
    void areWhatWorkersShareOfEachProduct() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            List<MatmulSlice> slices = MatmulSlices.of(new TinyModel(5).pack(arena), 2);

            List<MatmulSlice> layer = List.of(
                    slice(TinyModel.EMBEDDING, 2, 1),
                    slice(TinyModel.EMBEDDING, 1, 1),
                    slice(TinyModel.EMBEDDING, 1, 1),
                    slice(TinyModel.HEADS * TinyModel.HEAD_DIMENSION, 2, 1),
                    slice(TinyModel.EMBEDDING, 2, 2),
                    slice(TinyModel.EMBEDDING, 2, 2),
                    slice(TinyModel.FEED_FORWARD, 2, 1));
            assertEquals(layer, slices.subList(0, 7));
            assertEquals(layer, slices.subList(7, 14));
            assertEquals(List.of(slice(TinyModel.EMBEDDING, 2, 2)), slices.subList(14, slices.size()));
        }
    }

    private static MatmulSlice slice(int columns, int panels, int calls) {
        return new MatmulSlice(Encoding.F32, columns, panels, calls);
    }
}
