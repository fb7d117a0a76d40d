// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorAllocator;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
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
    public static long bytes(ModelShape shape, Optional<Encoding> encoding) {
        return PlacedTensor.extent(PlacedTensor.inSequence(shape.tensors(encoding)));
    }

    /**
     * Makes a model in kernel layout, in one allocation.
     *
     * @param encoding of every matrix; empty for those that a GGUF of type Q4_0 is packed in
     * @throws IllegalArgumentException if the dimensions of {@code shape} leave padding in a panel
     */
    public PackedModel make(ModelShape shape, Optional<Encoding> encoding, TensorAllocator allocator) {
        List<PlacedTensor> tensors = PlacedTensor.inSequence(shape.tensors(encoding));
        MemorySegment memory = allocator.allocate(PlacedTensor.extent(tensors));
        SplittableRandom seeds = new SplittableRandom(SEED);
        for (PlacedTensor each : tensors) {
            MemorySegment bytes = memory.asSlice(each.offset(), each.tensor().bytes());
            long seed = seeds.nextLong();
            if (each.tensor().isMatrix()) {
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

    /** Weights of a norm are around 1. */
    private static void fillNorm(MemorySegment bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (long offset = 0; offset < bytes.byteSize(); offset += Float.BYTES) {
            bytes.set(ValueLayout.JAVA_FLOAT, offset, (float) random.nextDouble(0.5, 1.5));
        }
    }
}
