// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A pool of workers that is closed in the middle of a region: every job of it still runs, once, and none afterwards. */
class NativePoolTest {
    private static final int PANELS = 64;
    private static final int COLUMNS = 64;
    private static final int THREADS = 4;

    @Test
    void jobsThatWaitWhenThePoolIsClosedStillRun() throws Exception {
        for (int round = 0; round < 20; round++) {
            try (Arena arena = Arena.ofShared();
                    Kernels kernels = kernels();
                    ExecutorService caller = Executors.newSingleThreadExecutor()) {
                PackedMatrix w = ones(arena);
                FloatMatrix x = FloatMatrix.allocate(arena, 1, COLUMNS);
                for (int k = 0; k < COLUMNS; k++) {
                    x.set(0, k, 1);
                }
                FloatMatrix y = FloatMatrix.allocate(arena, 1, w.rows());
                MemorySegment[] scratch = new MemorySegment[THREADS];
                for (int worker = 0; worker < THREADS; worker++) {
                    scratch[worker] = OffHeap.allocate(arena, kernels.scratchBytes());
                }
                AtomicInteger runs = new AtomicInteger();
                CountDownLatch begun = new CountDownLatch(1);
                ComputePool pool = new ComputePool(THREADS);
                Future<?> region = caller.submit(() -> pool.run(
                        (worker, panel) -> {
                            begun.countDown();
                            kernels.matmul(w, x, y, 1, panel, panel + 1, scratch[worker]);
                            runs.incrementAndGet();
                        },
                        PANELS));

                begun.await();
                pool.close();
                region.get();

                assertEquals(PANELS, runs.get());
                for (int n = 0; n < w.rows(); n++) {
                    assertEquals(COLUMNS, y.get(0, n));
                }
                assertThrows(IllegalStateException.class, () -> pool.run((worker, panel) -> {}, 1));
            }
        }
    }

    private static Kernels kernels() throws IOException {
        NativeLibrary library = NativeLibrary.open(BuiltLibrary.locator());
        return new NativeKernels(library, library.detect(NativeTier.AMX).tier(), TileThresholds.BUILT_IN);
    }

    private static PackedMatrix ones(Arena arena) {
        PanelLayout layout = new PanelLayout(Encoding.F32, PANELS * PanelLayout.PANEL_ROWS, COLUMNS);
        FloatMatrix weights = FloatMatrix.allocate(arena, layout.rows(), COLUMNS);
        for (int n = 0; n < layout.rows(); n++) {
            for (int k = 0; k < COLUMNS; k++) {
                weights.set(n, k, 1);
            }
        }
        return new PackedMatrix("w", layout, weights.segment());
    }
}
