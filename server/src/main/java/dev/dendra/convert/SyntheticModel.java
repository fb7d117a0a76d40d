// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorAllocator;
import dev.dendra.format.TensorDescription;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Models of a given shape with made-up weights: what they compute means nothing, how long it takes means the same as with
 * trained ones. The bytes are seeded and do not depend on the number of threads.
 */
public final class SyntheticModel {
    static final String SOURCE_TYPE = "synthetic";
    private static final long SEED = 1;

    private final ParallelPanels parallel;

    /** A maker of models that uses {@code threads} platform threads, the caller's among them. */
    public SyntheticModel(int threads) {
        parallel = new ParallelPanels(threads);
    }

    /** Bytes that {@link #make} allocates. */
    public static long bytes(ModelShape shape, WeightFormat format) {
        return PlacedTensor.extent(PlacedTensor.inSequence(shape.tensors(format)));
    }

    /**
     * Makes a model in kernel layout, in one allocation.
     *
     * @param format of the matrices
     * @throws IllegalArgumentException if the dimensions of {@code shape} leave padding in a panel
     */
    public PackedModel make(ModelShape shape, WeightFormat format, TensorAllocator allocator) {
        List<PlacedTensor> tensors = PlacedTensor.inSequence(shape.tensors(format));
        MemorySegment memory = allocator.allocate(PlacedTensor.extent(tensors));
        SplittableRandom seeds = new SplittableRandom(SEED);
        for (PlacedTensor each : tensors) {
            MemorySegment bytes = memory.asSlice(each.offset(), each.tensor().bytes());
            long seed = seeds.nextLong();
            if (each.tensor().pattern().isSparse()) {
                fillSparse(each.tensor(), format, bytes, seed);
            } else if (each.tensor().isMatrix()) {
                fillMatrix(each.tensor().layout(), bytes, seed);
            } else {
                fillNorm(bytes, seed);
            }
        }
        return new PackedModel(shape.metadata(), tensors, memory);
    }

    private void fillMatrix(PanelLayout layout, MemorySegment bytes, long seed) {
        RandomPanels panels = new RandomPanels(layout);
        parallel.run(layout.panels(), () -> panel -> panels.fill(bytes, panel, seed + panel));
    }

    private void fillSparse(TensorDescription tensor, WeightFormat format, MemorySegment bytes, long seed) {
        PanelLayout layout = tensor.layout();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment dense = OffHeap.allocate(arena, layout.bytes());
            fillMatrix(layout, dense, seed);
            if (layout.encoding() == Encoding.U4G32) {
                zeroIsCode8(layout, dense);
            }
            SparsePacker.pack(
                    new PackedMatrix(tensor.name(), layout, dense),
                    format.mask(tensor.name(), layout.rows(), layout.columns()),
                    (size, alignment) -> bytes);
        }
    }

    /** Makes each minimum -8 times its scale: the same significand, an exponent three higher, the other sign. */
    private static void zeroIsCode8(PanelLayout layout, MemorySegment dense) {
        for (long block = 0; block < layout.bytes(); block += layout.blockBytes()) {
            for (long lane = block; lane < block + layout.blockCodesOffset(); lane += 4) {
                int scale = dense.get(ValueLayout.JAVA_SHORT, lane);
                dense.set(ValueLayout.JAVA_SHORT, lane + 2, (short) ((scale + (3 << 10)) | 0x8000));
            }
        }
    }

    /** Weights of a norm are around 1. */
    private static void fillNorm(MemorySegment bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (long offset = 0; offset < bytes.byteSize(); offset += Float.BYTES) {
            bytes.set(ValueLayout.JAVA_FLOAT, offset, (float) random.nextDouble(0.5, 1.5));
        }
    }
}
