// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.platform.HugePageMemory;
import dev.dendra.platform.HugePages;
import dev.dendra.platform.MemoryInfo;
import dev.dendra.platform.Outcome;
import dev.dendra.tensor.OffHeap;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where served weights lie: one allocation in huge pages into which each tensor is copied once, or the memory they come
 * from. Reading weights is what decode does, and fewer address translations make it faster.
 */
final class WeightMemory implements AutoCloseable {
    /** Left to the rest of the process and the machine when weights are copied by automatic choice. */
    private static final long RESERVE_BYTES = 1L << 30;

    private final @Nullable HugePageMemory huge;
    private final String description;
    private long used;

    private WeightMemory(@Nullable HugePageMemory huge, String description) {
        this.huge = huge;
        this.description = description;
    }

    /**
     * Memory for weights of {@code bytes} in {@code tensors} tensors.
     *
     * @throws OutOfMemoryError if huge pages were asked for and there is not so much memory
     */
    static WeightMemory of(WeightPlacement placement, long bytes, int tensors) {
        if (placement == WeightPlacement.MAPPED) {
            return new WeightMemory(null, "mapped: asked for");
        }
        if (placement == WeightPlacement.AUTO) {
            Outcome pages = HugePages.availability();
            if (!pages.succeeded()) {
                return new WeightMemory(null, "mapped: " + pages.detail());
            }
            long available = MemoryInfo.detect().availableBytes();
            if (available < bytes + RESERVE_BYTES) {
                return new WeightMemory(
                        null,
                        "mapped: " + (available >> 20) + " MiB available, weights take " + (bytes >> 20) + " MiB");
            }
        }
        HugePageMemory huge = HugePageMemory.allocate(bytes + (long) tensors * OffHeap.ALIGNMENT);
        Outcome advice = huge.advice();
        return new WeightMemory(huge, advice.succeeded() ? "huge pages" : "ordinary pages: " + advice.detail());
    }

    /** Where {@code bytes} of {@code source} are served from. */
    MemorySegment place(MemorySegment source, long bytes) {
        if (huge == null) {
            return source;
        }
        MemorySegment target = huge.segment().asSlice(used, bytes);
        MemorySegment.copy(source, 0, target, 0, bytes);
        used += (bytes + OffHeap.ALIGNMENT - 1) & -OffHeap.ALIGNMENT;
        return target;
    }

    /** Whether tensors were copied, so that their source is not needed any more. */
    boolean copies() {
        return huge != null;
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
