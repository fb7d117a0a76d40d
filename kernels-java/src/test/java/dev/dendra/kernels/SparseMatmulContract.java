// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.dendra.kernels.MatmulShapes.Shape;
import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparseExpansion;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products with sparse matrices are those with the dense matrices that they stand for: the same bits where activations are
 * integers, within the bound otherwise. All precisions that the kernels take are multiplied.
 */
interface SparseMatmulContract extends KernelsUnderTest {

    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseMatmulIsTheDenseOneAtEveryEdgeAndDensity(Pattern pattern, Encoding encoding) {
        try (Arena outer = Arena.ofConfined()) {
            Guarded scratch = scratch(outer);
            for (double density : new double[] {0, 0.06, 0.5, 0.9, 1}) {
                for (Shape shape : MatmulShapes.sparse()) {
                    try (Arena arena = Arena.ofConfined()) {
                        Cases cases = new Cases(arena);
                        String label =
                                cases.label("matmul %s %s at %s, %s", pattern.id(), encoding.id(), density, shape);
                        PackedMatrix w = SparseCases.sparse(
                                arena, cases, encoding, pattern, shape.n(), shape.k(), density, false);
                        FloatMatrix x = cases.matrix(shape.m(), shape.k(), Values.ORDINARY);
                        assertEqualsDense(arena, scratch, label, w, x);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseMatmulTakesExtremes(Pattern pattern, Encoding encoding) {
        try (Arena outer = Arena.ofConfined()) {
            Guarded scratch = scratch(outer);
            for (Values values : new Values[] {Values.FINITE_EXTREMES, Values.ZEROS, Values.DENORMAL, Values.TIES}) {
                for (int k : new int[] {3, 97, 576}) {
                    try (Arena arena = Arena.ofConfined()) {
                        Cases cases = new Cases(arena);
                        String label = cases.label("matmul %s %s of %s, K=%d", pattern.id(), encoding.id(), values, k);
                        PackedMatrix w = SparseCases.sparse(arena, cases, encoding, pattern, 33, k, 0.5, true);
                        assertEqualsDense(arena, scratch, label, w, cases.matrix(5, k, values));
                    }
                }
            }
        }
    }

    /** What would overflow a 16-bit sum of products, or saturate one, does so here. */
    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseMatmulHoldsTheLargestSums(Pattern pattern, Encoding encoding) {
        if (!encoding.isInteger()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Guarded scratch = scratch(arena);
            Cases cases = new Cases(arena);
            for (double density : new double[] {0.5, 1}) {
                for (int code : encoding == Encoding.U4G32 ? new int[] {0, 15} : new int[] {-128, 127}) {
                    PackedMatrix dense = SparseCases.dense(cases, encoding, 16, 320, false);
                    PanelWriter writer = new PanelWriter(dense);
                    FloatMatrix x = cases.matrix(3, 320, Values.ZEROS);
                    for (int k = 0; k < 320; k++) {
                        for (int n = 0; n < 16; n++) {
                            writer.setCode(n, k, code);
                        }
                        x.set(0, k, 127);
                        x.set(1, k, -127);
                        x.set(2, k, k % 3 == 0 ? 127 : -127);
                    }
                    PackedMatrix w =
                            SparsePacker.pack(dense, SparseCases.mask(cases, pattern, 16, 320, density), arena);
                    String label = cases.label("matmul %s %s, codes %d", pattern.id(), encoding.id(), code);
                    assertEqualsDense(arena, scratch, label, w, x);
                }
            }
        }
    }

    /** NaN and infinities get through live weights; whether through dead ones too is left open. */
    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseMatmulShowsWhatIsNotFinite(Pattern pattern, Encoding encoding) {
        try (Arena arena = Arena.ofConfined()) {
            Guarded scratch = scratch(arena);
            Cases cases = new Cases(arena);
            BlockMask mask = SparseCases.mask(cases, pattern, 33, 192, 0.5);
            PackedMatrix w = SparsePacker.pack(SparseCases.dense(cases, encoding, 33, 192, false), mask, arena);
            FloatMatrix x = cases.matrix(5, 192, Values.ORDINARY);
            x.set(1, 70, Float.NaN);
            x.set(2, 0, Float.NEGATIVE_INFINITY);
            x.set(3, 191, Float.POSITIVE_INFINITY);
            for (RoundedRows rows : RoundedRows.all(arena, kernels(), encoding, x)) {
                FloatMatrix y = FloatMatrix.allocate(arena, 5, 33);
                FloatMatrix expected = FloatMatrix.allocate(arena, 5, 33);
                rows.multiply(kernels(), w, y, 5, 0, 3, scratch);
                rows.multiply(REFERENCE, w, expected, 5, 0, 3, scratch);
                for (int n = 0; n < 33; n++) {
                    String label =
                            cases.label("%s %s %s, output %d", rows.precision().id(), pattern.id(), encoding.id(), n);
                    if (rows instanceof RoundedRows.Codes) {
                        for (int m = 0; m < 5; m++) {
                            if (Float.isFinite(expected.get(m, n))) {
                                Matrices.assertSameRow(label, expected, m, y, m, n, n + 1);
                            }
                        }
                    } else {
                        assertShown(label, y, 1, n, mask.isLiveWeight(n, 70));
                        assertShown(label, y, 2, n, mask.isLiveWeight(n, 0));
                        assertShown(label, y, 3, n, mask.isLiveWeight(n, 191));
                    }
                }
            }
        }
    }

    private static void assertShown(String label, FloatMatrix y, int m, int n, boolean reached) {
        assertFalse(reached && Float.isFinite(y.get(m, n)), label + ", row " + m + ": " + y.get(m, n));
    }

    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseMatmulOfARowDependsOnNothingElse(Pattern pattern, Encoding encoding) {
        try (Arena arena = Arena.ofConfined()) {
            Guarded scratch = scratch(arena);
            Cases cases = new Cases(arena);
            PackedMatrix w = SparseCases.sparse(arena, cases, encoding, pattern, 75, 150, 0.5, false);
            FloatMatrix x = cases.matrix(33, 150, Values.ORDINARY);
            for (RoundedRows rounded : RoundedRows.all(arena, kernels(), encoding, x)) {
                FloatMatrix whole = FloatMatrix.allocate(arena, 33, 75);
                rounded.multiply(kernels(), w, whole, 33, 0, 5, scratch);
                for (int rows : new int[] {1, 2, 5, 17}) {
                    for (int from = 0; from < 5; from++) {
                        for (int to = from; to <= 5; to++) {
                            String label = cases.label(
                                    "%s %s %s, panels %d..%d, rows %d",
                                    rounded.precision().id(), pattern.id(), encoding.id(), from, to, rows);
                            Guarded output = Guarded.canaries(arena, 17 * 128 * Float.BYTES);
                            FloatMatrix y = output.matrix(17, 75, 128);
                            rounded.multiply(kernels(), w, y, rows, from, to, scratch);
                            output.assertWrittenOnly(label, 128, 0, rows, 16 * from, 16 * to);
                            for (int m = 0; m < rows; m++) {
                                Matrices.assertSameRow(label, whole, m, y, m, 16 * from, 16 * to);
                            }
                        }
                    }
                }
            }
            scratch.assertOnlyInsideWritten("scratch");
        }
    }

    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseMatmulReadsActivationsOfAWiderStride(Pattern pattern, Encoding encoding) {
        try (Arena arena = Arena.ofConfined()) {
            Guarded scratch = scratch(arena);
            Cases cases = new Cases(arena);
            PackedMatrix w = SparseCases.sparse(arena, cases, encoding, pattern, 20, 100, 0.5, false);
            FloatMatrix narrow = cases.matrix(3, 100, Values.ORDINARY);
            FloatMatrix wide =
                    new FloatMatrix(Guarded.zeros(arena, 3 * 320 * Float.BYTES).segment(), 3, 100, 320);
            for (int m = 0; m < 3; m++) {
                Matrices.copyRow(narrow, m, wide, m);
            }
            for (int rows : new int[] {1, 3}) {
                FloatMatrix expected = FloatMatrix.allocate(arena, 3, 20);
                FloatMatrix actual = FloatMatrix.allocate(arena, 3, 20);
                kernels().matmul(w, narrow, expected, rows, 0, 2, scratch.segment());
                kernels().matmul(w, wide, actual, rows, 0, 2, scratch.segment());
                Matrices.assertSame(cases.label("stride 320 with %s", pattern.id()), expected, actual, rows, 20);
            }
        }
    }

    @ParameterizedTest
    @MethodSource(SparseCases.FORMATS)
    default void sparseSlicesOnSeveralThreadsGiveTheWhole(Pattern pattern, Encoding encoding)
            throws InterruptedException, ExecutionException {
        try (Arena arena = Arena.ofShared();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Cases cases = new Cases(arena);
            PackedMatrix w = SparseCases.sparse(arena, cases, encoding, pattern, 16 * 8, 96, 0.5, false);
            FloatMatrix x = cases.matrix(5, 96, Values.ORDINARY);
            Guarded[] scratch = new Guarded[4];
            for (int thread = 0; thread < 4; thread++) {
                scratch[thread] = scratch(arena);
            }
            for (RoundedRows rows : RoundedRows.all(arena, kernels(), encoding, x)) {
                FloatMatrix whole = FloatMatrix.allocate(arena, 5, 128);
                rows.multiply(kernels(), w, whole, 5, 0, 8, scratch[0]);
                for (int round = 0; round < 5; round++) {
                    FloatMatrix y = FloatMatrix.allocate(arena, 5, 128);
                    List<Future<?>> slices = new ArrayList<>();
                    for (int thread = 0; thread < 4; thread++) {
                        int from = 2 * thread;
                        Guarded own = scratch[thread];
                        slices.add(threads.submit(() -> rows.multiply(kernels(), w, y, 5, from, from + 2, own)));
                    }
                    for (Future<?> slice : slices) {
                        slice.get();
                    }
                    Matrices.assertSame(rows.precision().id() + " " + pattern.id(), whole, y, 5, 128);
                }
            }
        }
    }

    private void assertEqualsDense(Arena arena, Guarded scratch, String label, PackedMatrix w, FloatMatrix x) {
        int panels = w.layout().panels();
        int written = panels * PanelLayout.PANEL_ROWS;
        int stride = PanelLayout.paddedColumns(w.rows());
        PackedMatrix dense = SparseExpansion.dense(w, arena);
        for (RoundedRows rows : RoundedRows.all(arena, kernels(), w.encoding(), x)) {
            String named = rows.precision().id() + " " + label;
            Guarded output = Guarded.canaries(arena, (long) x.rows() * stride * Float.BYTES);
            FloatMatrix y = output.matrix(x.rows(), w.rows(), stride);
            rows.multiply(kernels(), w, y, x.rows(), 0, panels, scratch);
            output.assertWrittenOnly(named, stride, 0, x.rows(), 0, written);
            scratch.assertOnlyInsideWritten(named);
            rows.assertProduct(arena, named, kernels(), dense, w, y, scratch);
        }
    }
}
