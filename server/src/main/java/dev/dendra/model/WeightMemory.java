// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelSource;
import dev.dendra.format.PackedModel;
import dev.dendra.kernels.ComputePool;
import dev.dendra.platform.HugePageMemory;
import dev.dendra.platform.HugePages;
import dev.dendra.platform.MemoryInfo;
import dev.dendra.platform.Outcome;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where served weights lie: one allocation in huge pages into which each tensor is copied once, or the memory they come
 * from. Reading weights is what decode does, and fewer address translations make it faster.
 */
final class WeightMemory implements AutoCloseable {
    /** Left to the rest of the process and the machine when weights are copied by automatic choice. */
    private static final long RESERVE_BYTES = 1L << 30;

    private final ModelSource weights;
    private final @Nullable HugePageMemory huge;
    private final String description;

    private WeightMemory(ModelSource weights, @Nullable HugePageMemory huge, String description) {
        this.weights = weights;
        this.huge = huge;
        this.description = description;
    }

    /**
     * Puts the weights of {@code source} where {@code placement} wants them. Copies are near those who will read them: each
     * thread of {@code pool} copies the panels that are its share of a product.
     *
     * @throws ModelFormatException if a tensor cannot be read
     * @throws OutOfMemoryError if huge pages were asked for and there is not so much memory
     */
    static WeightMemory of(WeightPlacement placement, ModelSource source, ComputePool pool)
            throws ModelFormatException {
        if (placement == WeightPlacement.MAPPED) {
            return new WeightMemory(source, null, "mapped: asked for");
        }
        if (placement == WeightPlacement.AUTO) {
            Outcome pages = HugePages.availability();
            if (!pages.succeeded()) {
                return new WeightMemory(source, null, "mapped: " + pages.detail());
            }
            long available = MemoryInfo.detect().availableBytes();
            long bytes = source.weightBytes();
            if (available < bytes + RESERVE_BYTES) {
                String shortage = (available >> 20) + " MiB available, weights take " + (bytes >> 20) + " MiB";
                return new WeightMemory(source, null, "mapped: " + shortage);
            }
        }
        return copied(source, pool);
    }

    private static WeightMemory copied(ModelSource source, ComputePool pool) throws ModelFormatException {
        List<HugePageMemory> allocated = new ArrayList<>(1);
        try {
            ModelSource copy = PackedModel.copyOf(
                    source,
                    bytes -> {
                        allocated.add(HugePageMemory.allocate(bytes));
                        return allocated.getFirst().segment();
                    },
                    (from, to) -> copyShares(from, to, pool));
            HugePageMemory huge = allocated.getFirst();
            Outcome advice = huge.advice();
            String description = advice.succeeded() ? "huge pages" : "ordinary pages: " + advice.detail();
            return new WeightMemory(copy, huge, description);
        } catch (ModelFormatException | RuntimeException | Error e) {
            allocated.forEach(HugePageMemory::close);
            throw e;
        }
    }

    private static void copyShares(MemorySegment from, MemorySegment to, ComputePool pool) {
        int threads = pool.threads();
        long bytes = from.byteSize();
        pool.runOnEach(thread -> {
            long begin = bytes / threads * thread;
            long end = thread == threads - 1 ? bytes : bytes / threads * (thread + 1);
            MemorySegment.copy(from, begin, to, begin, end - begin);
        });
    }

    /** The model, its tensors where they are served from. */
    ModelSource weights() {
        return weights;
    }

    /** {@code huge pages}, or where the weights lie instead and why. */
    String description() {
        return description;
    }

    @Override
    public void close() {
        if (huge != null) {
            huge.close();
        }
    }
}
