// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Zeroed off-heap memory that asks the kernel for 2 MiB pages and is ordinary memory where it does not get them. Reading
 * weights from huge pages costs fewer address translations, and decode speed is read bandwidth.
 *
 * <p>May be closed by any thread, once no other thread uses the segment: closing while one does throws
 * {@link IllegalStateException} from the arena.
 */
public final class HugePageMemory implements AutoCloseable {

    /** Alignment of memory in huge pages, and the size from which it is asked for, in bytes. */
    public static final long HUGE_PAGE_BYTES = 2L << 20;

    private static final long ORDINARY_ALIGNMENT = 64;

    private final Arena arena;
    private final MemorySegment segment;
    private final Outcome advice;

    private HugePageMemory(Arena arena, MemorySegment segment, Outcome advice) {
        this.arena = arena;
        this.segment = segment;
        this.advice = advice;
    }

    /**
     * {@code bytes} of zeroed memory.
     *
     * @throws IllegalArgumentException if {@code bytes} is not positive
     * @throws OutOfMemoryError if there is not so much memory
     */
    public static HugePageMemory allocate(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("bytes must be positive, got " + bytes);
        }
        Optional<Libc> libc = Libc.instance();
        if (libc.isEmpty()) {
            return ordinary(bytes, "huge pages: " + Libc.absenceReason());
        }
        if (bytes < HUGE_PAGE_BYTES) {
            return ordinary(bytes, bytes + " bytes are less than one huge page");
        }
        Outcome availability = HugePages.availability();
        if (!availability.succeeded()) {
            return ordinary(bytes, availability.detail());
        }
        return mapped(libc.get(), bytes);
    }

    /** A plain native segment of the size asked for, 2 MiB aligned in huge pages and 64-byte aligned otherwise. */
    public MemorySegment segment() {
        return segment;
    }

    /** Whether the kernel accepted the request for huge pages; it may still lack contiguous memory for some of them. */
    public Outcome advice() {
        return advice;
    }

    @Override
    public void close() {
        arena.close();
    }

    private static HugePageMemory ordinary(long bytes, String reason) {
        Arena arena = Arena.ofShared();
        try {
            return new HugePageMemory(arena, arena.allocate(bytes, ORDINARY_ALIGNMENT), Outcome.failure(reason));
        } catch (OutOfMemoryError | IllegalArgumentException e) {
            arena.close();
            throw e;
        }
    }

    @SuppressWarnings("restricted")
    private static HugePageMemory mapped(Libc libc, long bytes) {
        // One huge page more than needed, so that an aligned range lies somewhere inside; the ends are given back.
        long length = Math.addExact(bytes, HUGE_PAGE_BYTES - 1) & -HUGE_PAGE_BYTES;
        long mappedLength = Math.addExact(length, HUGE_PAGE_BYTES);
        long mappedAddress = libc.mapAnonymous(mappedLength);
        if (mappedAddress < 0) {
            return ordinary(bytes, "mmap of " + mappedLength + " bytes: " + Libc.describe((int) mappedAddress));
        }
        long address = (mappedAddress + HUGE_PAGE_BYTES - 1) & -HUGE_PAGE_BYTES;
        long head = address - mappedAddress;
        if (head > 0) {
            libc.unmap(mappedAddress, head);
        }
        libc.unmap(address + length, mappedLength - head - length);

        int refusal = libc.adviseHugePages(address, length);
        if (refusal < 0) {
            libc.unmap(address, length);
            return ordinary(bytes, "madvise(MADV_HUGEPAGE): " + Libc.describe(refusal));
        }
        Arena arena = Arena.ofShared();
        MemorySegment segment = MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, ended -> libc.unmap(ended.address(), length));
        return new HugePageMemory(arena, segment, Outcome.success("2 MiB pages were asked for with madvise"));
    }
}
