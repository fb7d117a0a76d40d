// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rotary embedding. */
interface RopeContract extends KernelsUnderTest {

    @ParameterizedTest
    @EnumSource
    default void ropeTurnsEachPairByItsAngle(RopeOrder order) {
        int[][] headAndRotated = {
            {2, 2}, {6, 4}, {8, 8}, {16, 10}, {20, 20}, {32, 32}, {64, 64}, {64, 16}, {80, 80}, {128, 128}
        };
        for (int[] shape : headAndRotated) {
            for (Values values : new Values[] {Values.ORDINARY, Values.NOT_FINITE}) {
                check(order, shape[0], shape[1], values);
            }
        }
    }

    private void check(RopeOrder order, int headDimension, int rotated, Values values) {
        int heads = 3;
        int columns = heads * headDimension;
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            String label = cases.label("rope %s head %d rotated %d %s", order, headDimension, rotated, values);
            MemorySegment table = angles(arena, 12, rotated);
            StepRows rows = new StepRows(arena, 5, 1);
            int[] positions = {3, 11, 0, 1, 7};
            for (int row = 0; row < 5; row++) {
                rows.setRow(row, 0, positions[row], 0);
            }
            int stride = PanelLayout.paddedColumns(columns);
            Guarded output = Guarded.zeros(arena, 5L * stride * Float.BYTES);
            FloatMatrix x = output.matrix(5, columns, stride);
            cases.fill(x, values);
            output.remember();
            FloatMatrix before = Matrices.copy(arena, x);
            FloatMatrix expected = Matrices.copy(arena, x);
            REFERENCE.rope(expected, heads, headDimension, rotated, order, table, rows, 1, 5);
            kernels().rope(x, heads, headDimension, rotated, order, table, rows, 1, 5);
            output.assertWrittenOnly(label, stride, 1, 5, 0, columns);
            for (int row = 1; row < 5; row++) {
                for (int column = 0; column < columns; column++) {
                    int element = column % headDimension;
                    if (element >= rotated) {
                        Matrices.assertSameRow(label, before, row, x, row, column, column + 1);
                    } else {
                        int partner = column - element + partner(order, element, rotated);
                        double bound = 2
                                * UNIT_ROUNDOFF
                                * (Math.abs(before.get(row, column)) + Math.abs(before.get(row, partner)));
                        Matrices.assertNear(label, expected.get(row, column), x.get(row, column), bound);
                    }
                }
            }
        }
    }

    private static int partner(RopeOrder order, int element, int rotated) {
        return switch (order) {
            case NORM -> element ^ 1;
            case NEOX -> (element + rotated / 2) % rotated;
        };
    }

    private static MemorySegment angles(Arena arena, int positions, int rotated) {
        int pairs = rotated / 2;
        MemorySegment table = arena.allocate(8L * positions * pairs, OffHeap.ALIGNMENT);
        for (int position = 0; position < positions; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                double angle = position * Math.pow(10000, -(double) pair / pairs);
                long entry = (position * (long) pairs + pair) * 2;
                table.setAtIndex(ValueLayout.JAVA_FLOAT, entry, (float) Math.cos(angle));
                table.setAtIndex(ValueLayout.JAVA_FLOAT, entry + 1, (float) Math.sin(angle));
            }
        }
        return table;
    }
}
