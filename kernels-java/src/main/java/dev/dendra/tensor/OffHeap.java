// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Rules and helpers for the one kind of memory that kernels see: native segments, 64-byte aligned. */
public final class OffHeap {

    /** Alignment of every tensor, in bytes. */
    public static final int ALIGNMENT = 64;

    private OffHeap() {}

    /** {@code bytes} zeroed native bytes, 64-byte aligned, that live as long as {@code arena}. */
    public static MemorySegment allocate(Arena arena, long bytes) {
        return arena.allocate(Math.max(bytes, ALIGNMENT), ALIGNMENT);
    }

    /**
     * The same native memory as a plain segment of the same lifetime. A mapped file is another implementation class;
     * one class at each call site keeps vector loads from going through slow, polymorphic paths.
     */
    @SuppressWarnings("restricted")
    static MemorySegment plain(MemorySegment segment) {
        if (!segment.isMapped()) {
            return segment;
        }
        // The lambda holds the mapped segment, and with it an automatic arena, reachable for as long as the view is.
        MemorySegment mapped = segment;
        return MemorySegment.ofAddress(segment.address())
                .reinterpret(segment.byteSize(), Arena.ofAuto(), view -> mapped.isMapped());
    }

    /** @throws IllegalArgumentException unless {@code segment} is native, aligned and holds {@code bytes} */
    static void require(String name, MemorySegment segment, long bytes) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(name + ": tensors live off-heap, got a heap segment");
        }
        if (segment.address() % ALIGNMENT != 0) {
            throw new IllegalArgumentException(
                    name + ": address " + Long.toHexString(segment.address()) + " is not a multiple of " + ALIGNMENT);
        }
        if (segment.byteSize() < bytes) {
            throw new IllegalArgumentException(
                    name + ": needs " + bytes + " bytes, the segment has " + segment.byteSize());
        }
    }
}
