// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Slices of one operation on several threads give what one thread gives. */
interface ReentrancyContract extends KernelsUnderTest {

    @Test
    default void slicesOnSeveralThreadsGiveTheWhole() throws InterruptedException, ExecutionException {
        try (Arena arena = Arena.ofShared();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Cases cases = new Cases(arena);
            PackedMatrix w = cases.weights(Encoding.U4G32, 16 * 8, 96);
            FloatMatrix x = cases.matrix(13, 96, Values.ORDINARY);
            QuantizedMatrix codes =
                    Rounding.of(ActivationPrecision.I8, Encoding.U4G32).round(arena, x);
            CachedSequences sequences = new CachedSequences(arena, cases, KvType.BF16, 2, 16, 60);
            StepRows rows = sequences.step(60);
            FloatMatrix q = cases.matrix(60, 64, Values.ORDINARY);

            Outputs expected = new Outputs(arena);
            expected.slice(kernels(), w, x, codes, sequences, rows, q, 0, 8, scratch(arena));
            for (int round = 0; round < 20; round++) {
                Outputs actual = new Outputs(arena);
                List<Future<?>> slices = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    int from = 2 * thread;
                    Guarded scratch = scratch(arena);
                    slices.add(threads.submit(
                            () -> actual.slice(kernels(), w, x, codes, sequences, rows, q, from, from + 2, scratch)));
                }
                for (Future<?> slice : slices) {
                    slice.get();
                }
                Matrices.assertSame("float matmul", expected.product, actual.product, 13, 128);
                Matrices.assertSame("int8 matmul", expected.rounded, actual.rounded, 13, 128);
                Matrices.assertSame("attention", expected.attended, actual.attended, 60, 64);
            }
        }
    }

    /** What the threads write together. */
    final class Outputs {
        private final FloatMatrix product;
        private final FloatMatrix rounded;
        private final FloatMatrix attended;

        Outputs(Arena arena) {
            product = FloatMatrix.allocate(arena, 13, 128);
            rounded = FloatMatrix.allocate(arena, 13, 128);
            attended = FloatMatrix.allocate(arena, 60, 64);
        }

        /** Panels {@code from .. to} of 8, and the same eighths of the attention's 4 heads' work. */
        void slice(
                Kernels kernels,
                PackedMatrix w,
                FloatMatrix x,
                QuantizedMatrix codes,
                CachedSequences sequences,
                StepRows rows,
                FloatMatrix q,
                int from,
                int to,
                Guarded scratch) {
            kernels.matmul(w, x, product, 13, from, to, scratch.segment());
            kernels.matmul(w, codes, rounded, 13, from, to, scratch.segment());
            for (int kvHead = 0; kvHead < 2; kvHead++) {
                kernels.attention(
                        q,
                        sequences.layout(),
                        sequences.segment(),
                        CachedSequences.LAYER,
                        rows,
                        0.25f,
                        attended,
                        4,
                        kvHead,
                        60 * from / 8,
                        60 * to / 8,
                        scratch.segment());
            }
        }
    }
}
