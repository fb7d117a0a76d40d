// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.MatmulSlice;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Products of made-up numbers, timed on the calling thread. Each call takes the next weights of a ring that is larger than
 * a second-level cache, as the weights of a model are; activations and scratch are warm, as they are in a step.
 */
final class TrialProducts implements Trials, AutoCloseable {
    private static final long RING_BYTES = 8 << 20;

    /** Makes scales normal numbers in half and in single precision: denormal ones would slow some instructions down. */
    private static final byte FILLING = 0x11;

    private final Function<TileThresholds, Kernels> kernels;
    private final int rows;
    private final LongSupplier clock;
    private final Arena arena = Arena.ofConfined();
    private @Nullable MemorySegment ring;
    private @Nullable MemorySegment scratch;
    private int turn;

    /**
     * Nothing is allocated before the first product.
     *
     * @param kernels with given thresholds
     * @param rows most rows of a product
     * @param clock nanoseconds
     */
    TrialProducts(Function<TileThresholds, Kernels> kernels, int rows, LongSupplier clock) {
        this.kernels = kernels;
        this.rows = rows;
        this.clock = clock;
    }

    @FunctionalInterface
    private interface Product {
        void multiply(PackedMatrix w, int count);
    }

    @Override
    public RowCrossover.Contestant product(
            TileThresholds thresholds, MatmulSlice slice, ActivationPrecision precision) {
        List<PackedMatrix> weights = weights(slice);
        Product product = product(kernels.apply(thresholds), slice, precision);
        return count -> {
            PackedMatrix w = weights.get(Math.floorMod(turn++, weights.size()));
            long start = clock.getAsLong();
            product.multiply(w, count);
            return clock.getAsLong() - start;
        };
    }

    private Product product(Kernels timed, MatmulSlice slice, ActivationPrecision precision) {
        int panels = slice.panels();
        FloatMatrix y = FloatMatrix.allocate(arena, rows, panels * PanelLayout.PANEL_ROWS);
        MemorySegment worker = scratch(timed);
        boolean isRounded =
                precision == ActivationPrecision.BF16 || slice.encoding().isInteger();
        return switch (isRounded ? precision : ActivationPrecision.F32) {
            case F32 -> {
                FloatMatrix x = FloatMatrix.allocate(arena, rows, slice.columns());
                yield (w, count) -> timed.matmul(w, x, y, count, 0, panels, worker);
            }
            case BF16 -> {
                Bfloat16Matrix x = Bfloat16Matrix.allocate(arena, rows, slice.columns());
                yield (w, count) -> timed.matmul(w, x, y, count, 0, panels, worker);
            }
            case I8, I16 -> {
                int group = slice.encoding().groupSize();
                QuantizedMatrix x = QuantizedMatrix.allocate(arena, precision, rows, slice.columns(), group);
                yield (w, count) -> timed.matmul(w, x, y, count, 0, panels, worker);
            }
        };
    }

    private MemorySegment scratch(Kernels timed) {
        MemorySegment memory = scratch;
        if (memory == null) {
            memory = OffHeap.allocate(arena, timed.scratchBytes());
            scratch = memory;
        }
        return memory;
    }

    private List<PackedMatrix> weights(MatmulSlice slice) {
        PanelLayout layout =
                new PanelLayout(slice.encoding(), slice.panels() * PanelLayout.PANEL_ROWS, slice.columns());
        MemorySegment memory = ring;
        if (memory == null || memory.byteSize() < layout.bytes()) {
            memory = OffHeap.allocate(arena, Math.max(RING_BYTES, layout.bytes()))
                    .fill(FILLING);
            ring = memory;
        }
        List<PackedMatrix> weights = new ArrayList<>();
        for (long start = 0; start + layout.bytes() <= memory.byteSize(); start += layout.bytes()) {
            weights.add(new PackedMatrix("made up", layout, memory.asSlice(start, layout.bytes())));
        }
        return weights;
    }

    @Override
    public void close() {
        arena.close();
    }
}
