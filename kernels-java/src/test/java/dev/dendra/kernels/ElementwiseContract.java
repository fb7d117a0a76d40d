// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Norm, sums and gate. */
interface ElementwiseContract extends KernelsUnderTest {

    /** Columns on both sides of every register width. */
    List<Integer> COLUMNS = List.of(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129, 576);

    @ParameterizedTest
    @EnumSource
    default void rmsNormIsWithinTheBoundOfItsSum(Values values) {
        for (int columns : COLUMNS) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("rmsNorm %s K=%d", values, columns);
                FloatMatrix x = cases.matrix(4, columns, values);
                MemorySegment weight = cases.vector(columns, Values.ORDINARY);
                Guarded output = Guarded.canaries(arena, 4L * 640 * Float.BYTES);
                FloatMatrix y = output.matrix(4, columns, 640);
                kernels().rmsNorm(x, weight, 1e-5f, y, 1, 4);
                output.assertWrittenOnly(label, 640, 1, 4, 0, columns);
                for (int m = 1; m < 4; m++) {
                    assertNormalised(label, x, weight, y, m);
                }
            }
        }
    }

    @Test
    default void rmsNormWorksInPlace() {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            FloatMatrix x = cases.matrix(3, 100, Values.ORDINARY);
            MemorySegment weight = cases.vector(100, Values.ORDINARY);
            FloatMatrix y = FloatMatrix.allocate(arena, 3, 100);
            kernels().rmsNorm(x, weight, 1e-6f, y, 0, 3);
            kernels().rmsNorm(x, weight, 1e-6f, x, 0, 3);
            Matrices.assertSame(cases.label("in place"), y, x, 3, 100);
        }
    }

    @ParameterizedTest
    @EnumSource
    default void addIsExact(Values values) {
        for (int columns : COLUMNS) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("add %s K=%d", values, columns);
                FloatMatrix x = cases.matrix(5, columns, values);
                int stride = PanelLayout.paddedColumns(columns);
                Guarded output = Guarded.zeros(arena, 5L * stride * Float.BYTES);
                FloatMatrix y = output.matrix(5, columns, stride);
                cases.fill(y, Values.ORDINARY);
                output.remember();
                FloatMatrix expected = Matrices.copy(arena, y);
                REFERENCE.add(x, expected, 1, 4);
                kernels().add(x, y, 1, 4);
                output.assertWrittenOnly(label, stride, 1, 4, 0, columns);
                Matrices.assertSame(label, expected, y, 5, columns);
            }
        }
    }

    @Test
    default void addBiasIsExact() {
        for (int columns : COLUMNS) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                String label = cases.label("addBias N=%d", columns);
                MemorySegment bias = cases.vector(columns, Values.NOT_FINITE);
                int stride = PanelLayout.paddedColumns(columns);
                Guarded output = Guarded.zeros(arena, 5L * stride * Float.BYTES);
                FloatMatrix y = output.matrix(5, columns, stride);
                cases.fill(y, Values.FINITE_EXTREMES);
                output.remember();
                FloatMatrix expected = Matrices.copy(arena, y);
                REFERENCE.addBias(bias, expected, 2, 5);
                kernels().addBias(bias, y, 2, 5);
                output.assertWrittenOnly(label, stride, 2, 5, 0, columns);
                Matrices.assertSame(label, expected, y, 5, columns);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void siluMultiplyIsWithinAFewRoundings(Values values) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            FloatMatrix gate = cases.matrix(5, 128, values);
            FloatMatrix up = cases.matrix(5, 128, Values.ORDINARY);
            for (int from = 0; from < 128; from += 16) {
                for (int to = from; to <= 128; to += 48) {
                    String label = cases.label("siluMultiply %s columns %d..%d", values, from, to);
                    Guarded output = Guarded.canaries(arena, 5 * 128 * Float.BYTES);
                    FloatMatrix y = output.matrix(5, 128, 128);
                    kernels().siluMultiply(gate, up, y, 4, from, to);
                    output.assertWrittenOnly(label, 128, 0, 4, from, to);
                    for (int m = 0; m < 4; m++) {
                        for (int n = from; n < to; n++) {
                            assertGated(label, gate.get(m, n), up.get(m, n), y.get(m, n));
                        }
                    }
                }
            }
        }
    }

    /** The whole range of the exponential, its overflow on both sides included. */
    @Test
    default void siluMultiplyHoldsOverTheWholeRange() {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix gate = FloatMatrix.allocate(arena, 16, 1024);
            FloatMatrix up = FloatMatrix.allocate(arena, 16, 1024);
            for (int i = 0; i < 16 * 1024; i++) {
                gate.set(i / 1024, i % 1024, (i - 8192) / 64f);
                up.set(i / 1024, i % 1024, i % 2 == 0 ? 1 : -3);
            }
            FloatMatrix expectedGate = Matrices.copy(arena, gate);
            kernels().siluMultiply(gate, up, gate, 16, 0, 1024);
            for (int i = 0; i < 16 * 1024; i++) {
                float g = expectedGate.get(i / 1024, i % 1024);
                assertGated("silu in place of " + g, g, up.get(i / 1024, i % 1024), gate.get(i / 1024, i % 1024));
            }
        }
    }

    private static void assertNormalised(String label, FloatMatrix x, MemorySegment weight, FloatMatrix y, int m) {
        double squares = 0;
        for (int k = 0; k < x.columns(); k++) {
            squares += (double) x.get(m, k) * x.get(m, k);
        }
        // The squares are positive: K roundings of the sum, halved by the root, and one for each later step.
        double bound = (x.columns() / 2.0 + 6) * UNIT_ROUNDOFF;
        double root = Math.sqrt(squares / x.columns() + 1e-5f);
        for (int k = 0; k < x.columns(); k++) {
            double expected = x.get(m, k) / root * weight.getAtIndex(ValueLayout.JAVA_FLOAT, k);
            Matrices.assertNear(label, expected, y.get(m, k), Math.abs(expected) * bound + Float.MIN_NORMAL);
        }
    }

    /** The exponential to 2 ulp, then a sum, a division and two products; below 1e-36 an exponential may become 0. */
    private static void assertGated(String label, float gate, float up, float actual) {
        double expected = gate / (1 + Math.exp(-(double) gate)) * up;
        double bound = Math.abs(expected) * 10 * UNIT_ROUNDOFF + 2e-36 * Math.abs(up) + Float.MIN_NORMAL;
        Matrices.assertNear(label, expected, actual, bound);
    }
}
