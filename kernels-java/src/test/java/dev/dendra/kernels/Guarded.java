// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import static org.junit.jupiter.api.Assertions.fail;

import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongPredicate;

/**
 * Memory that a kernel is given, with canaries on both sides. The segment handed out ends where its canary begins only
 * for the reader: it spans the canary behind it too, so that an overrun is caught here and not by a bounds check.
 */
final class Guarded {
    private static final int GUARD_BYTES = 256;
    private static final byte CANARY = (byte) 0xa5;

    private final MemorySegment whole;
    private final long bytes;
    private final byte filling;
    /** What has to stay; empty while that is the filling. */
    private byte[] remembered = {};

    private Guarded(Arena arena, long bytes, byte filling) {
        this.bytes = (bytes + OffHeap.ALIGNMENT - 1) / OffHeap.ALIGNMENT * OffHeap.ALIGNMENT;
        this.whole = OffHeap.allocate(arena, this.bytes + 2 * GUARD_BYTES);
        this.filling = filling;
        whole.fill(CANARY);
        if (filling != CANARY) {
            segment().asSlice(0, this.bytes).fill(filling);
        }
    }

    /** {@code bytes} of zeros between canaries. */
    static Guarded zeros(Arena arena, long bytes) {
        return new Guarded(arena, bytes, (byte) 0);
    }

    /** {@code bytes} of canary between canaries. */
    static Guarded canaries(Arena arena, long bytes) {
        return new Guarded(arena, bytes, CANARY);
    }

    /** What the kernel gets. */
    MemorySegment segment() {
        return whole.asSlice(GUARD_BYTES);
    }

    /** The memory as a matrix. */
    FloatMatrix matrix(int rows, int columns, int stride) {
        return new FloatMatrix(segment(), rows, columns, stride);
    }

    /** Takes the present content as the one that has to stay. */
    void remember() {
        remembered = segment().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Fails unless the canaries on both sides live; the memory between them may hold anything. */
    void assertOnlyInsideWritten(String label) {
        for (long i = 0; i < GUARD_BYTES; i++) {
            assertByte(label, i, CANARY);
            assertByte(label, GUARD_BYTES + bytes + i, CANARY);
        }
    }

    /** Fails unless every byte is as it was, canaries included. */
    void assertUntouched(String label) {
        assertUntouchedExcept(label, offset -> false);
    }

    /** Fails unless every byte is as it was but those whose offset {@code written} accepts. */
    void assertUntouchedExcept(String label, LongPredicate written) {
        assertOnlyInsideWritten(label);
        for (int i = 0; i < bytes; i++) {
            if (!written.test(i)) {
                assertByte(label, GUARD_BYTES + i, remembered.length == 0 ? filling : remembered[i]);
            }
        }
    }

    private void assertByte(String label, long at, byte expected) {
        if (whole.get(ValueLayout.JAVA_BYTE, at) != expected) {
            fail(label + ": wrote at byte " + (at - GUARD_BYTES) + " of " + bytes + ", where nothing may be written");
        }
    }

    /** Fails unless a matrix of this stride has changed in that rectangle only. */
    void assertWrittenOnly(String label, int stride, int rowFrom, int rowTo, int columnFrom, int columnTo) {
        assertUntouchedExcept(label, offset -> {
            long row = offset / Float.BYTES / stride;
            long column = offset / Float.BYTES % stride;
            return row >= rowFrom && row < rowTo && column >= columnFrom && column < columnTo;
        });
    }
}
