// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Soft-max, its normaliser and arg-max. */
interface LogitsContract extends KernelsUnderTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 1000, 5003})
    default void softmaxAndItsNormaliserAreWithinBound(int columns) {
        for (float spread : new float[] {0.01f, 1, 30}) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("softmax of %d, spread %f", columns, spread);
                int stride = PanelLayout.paddedColumns(columns);
                Guarded output = Guarded.zeros(arena, 3L * stride * Float.BYTES);
                FloatMatrix x = output.matrix(3, columns, stride);
                cases.fill(x, Values.ORDINARY);
                for (int k = 0; k < columns; k++) {
                    x.set(1, k, x.get(1, k) * spread);
                }
                output.remember();
                FloatMatrix expected = Matrices.copy(arena, x);
                REFERENCE.softmax(expected, 1);
                double normaliser = REFERENCE.logSumExp(x, 1);
                // Each sum may lose columns / 16 roundings, each argument and exponential a few.
                double relative = (columns / 16.0 + 8) * UNIT_ROUNDOFF;
                Matrices.assertNear(
                        label,
                        normaliser,
                        kernels().logSumExp(x, 1),
                        relative + 4 * UNIT_ROUNDOFF * Math.abs(normaliser) + 1e-6);
                output.assertUntouched(label);
                FloatMatrix logits = Matrices.copy(arena, x);
                kernels().softmax(x, 1);
                output.assertWrittenOnly(label, stride, 1, 2, 0, columns);
                for (int k = 0; k < columns; k++) {
                    double want = expected.get(1, k);
                    double argument = Math.abs(logits.get(1, k) - normaliser) + 10;
                    Matrices.assertNear(
                            label,
                            want,
                            x.get(1, k),
                            want * (2 * relative + argument * UNIT_ROUNDOFF) + 2 * Float.MIN_NORMAL);
                }
            }
        }
    }

    @Test
    default void softmaxGivesNothingToMinusInfinity() {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, 50);
            for (int k = 0; k < 50; k++) {
                x.set(0, k, k == 17 || k == 49 ? 1000 : Float.NEGATIVE_INFINITY);
            }
            assertEquals(1000 + (float) Math.log(2), kernels().logSumExp(x, 0), 1e-4f);
            kernels().softmax(x, 0);
            for (int k = 0; k < 50; k++) {
                assertEquals(k == 17 || k == 49 ? 0.5f : 0f, x.get(0, k));
            }
        }
    }

    @Test
    default void oneNanSpoilsTheNormaliserAndTheSoftmax() {
        for (int at = 0; at < 70; at++) {
            try (Arena arena = Arena.ofConfined()) {
                FloatMatrix x = FloatMatrix.allocate(arena, 1, 70);
                x.set(0, at, Float.NaN);
                assertTrue(Float.isNaN(kernels().logSumExp(x, 0)), "logSumExp with NaN at " + at);
                kernels().softmax(x, 0);
                for (int k = 0; k < 70; k++) {
                    assertTrue(Float.isNaN(x.get(0, k)), "softmax with NaN at " + at);
                }
            }
        }
    }

    @Test
    default void normaliserOfInfinitiesIsInfinite() {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, 40);
            for (int k = 0; k < 40; k++) {
                x.set(0, k, Float.NEGATIVE_INFINITY);
            }
            assertEquals(Float.NEGATIVE_INFINITY, kernels().logSumExp(x, 0));
            x.set(0, 37, Float.POSITIVE_INFINITY);
            assertEquals(Float.POSITIVE_INFINITY, kernels().logSumExp(x, 0));
            x.set(0, 3, Float.NaN);
            assertTrue(Float.isNaN(kernels().logSumExp(x, 0)));
        }
    }

    @ParameterizedTest
    @EnumSource
    default void argMaxIsTheFirstOfTheLargest(Values values) {
        for (int columns : new int[] {1, 2, 3, 15, 16, 17, 31, 33, 64, 65, 129, 1000}) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                FloatMatrix x = cases.matrix(8, columns, values);
                for (int row = 0; row < 8; row++) {
                    String label = cases.label("argMax %s of %d, row %d", values, columns, row);
                    assertEquals(REFERENCE.argMax(x, row), kernels().argMax(x, row), label);
                }
            }
        }
    }

    @Test
    default void argMaxFindsEachPlaceAndTheFirstOfEquals() {
        try (Arena arena = Arena.ofConfined()) {
            for (int at = 0; at < 77; at++) {
                FloatMatrix x = FloatMatrix.allocate(arena, 1, 77);
                for (int k = 0; k < 77; k++) {
                    x.set(0, k, k % 2 == 0 ? Float.NEGATIVE_INFINITY : Float.NaN);
                }
                x.set(0, at, -5);
                x.set(0, 76, -5);
                assertEquals(at, kernels().argMax(x, 0));
            }
        }
    }

    @Test
    default void argMaxOfNanAloneIsZeroAndOfMinusInfinityItsPlace() {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, 40);
            for (int k = 0; k < 40; k++) {
                x.set(0, k, Float.NaN);
            }
            assertEquals(0, kernels().argMax(x, 0));
            x.set(0, 39, Float.NEGATIVE_INFINITY);
            assertEquals(39, kernels().argMax(x, 0));
        }
    }
}
