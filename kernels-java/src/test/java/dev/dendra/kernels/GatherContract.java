// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of an embedding table. */
interface GatherContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void gatherDequantisesTheRowsOfTheTokens(Encoding encoding) {
        for (int columns : new int[] {1, 3, 31, 32, 33, 63, 64, 65, 129, 576}) {
            for (boolean extreme : new boolean[] {false, true}) {
                try (Arena arena = Arena.ofConfined()) {
                    Cases cases = new Cases(arena);
                    String label = cases.label("gather %s K=%d extreme=%b", encoding.id(), columns, extreme);
                    PackedMatrix table = extreme
                            ? cases.extremeWeights(encoding, 37, columns)
                            : cases.weights(encoding, 37, columns);
                    StepRows rows = new StepRows(arena, 9, 1);
                    int[] tokens = {36, 0, 15, 16, 36, 31, 32, 5, 20};
                    for (int row = 0; row < tokens.length; row++) {
                        rows.setRow(row, tokens[row], row, 0);
                    }
                    int stride = PanelLayout.paddedColumns(columns) + 64;
                    Guarded output = Guarded.canaries(arena, 9L * stride * Float.BYTES);
                    FloatMatrix expected = FloatMatrix.allocate(arena, 9, columns);
                    FloatMatrix actual = output.matrix(9, columns, stride);
                    REFERENCE.gather(table, rows, expected, 1, 8);
                    kernels().gather(table, rows, actual, 1, 8);
                    output.assertUntouchedExcept(label, offset -> {
                        long row = offset / Float.BYTES / stride;
                        long column = offset / Float.BYTES % stride;
                        // The table's own padding is zero, and so may the activation's become.
                        return row >= 1 && row < 8 && column < PanelLayout.paddedColumns(columns);
                    });
                    for (int row = 1; row < 8; row++) {
                        Matrices.assertSameRow(label, expected, row, actual, row, 0, columns);
                    }
                }
            }
        }
    }
}
