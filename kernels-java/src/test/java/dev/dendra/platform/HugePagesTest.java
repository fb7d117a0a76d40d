// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HugePagesTest {

    private static final String ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled";

    @TempDir
    Path directory;

    @Test
    void availabilityFollowsTheKernelsSetting() throws IOException {
        FakeMachine machine = new FakeMachine(directory);
        assertFalse(HugePages.availability(machine.files()).succeeded());

        machine.with(ENABLED, "always madvise [never]\n");
        Outcome never = HugePages.availability(machine.files());
        assertFalse(never.succeeded());
        assertTrue(never.detail().contains("never"), never.detail());

        machine.with(ENABLED, "always [madvise] never\n");
        assertTrue(HugePages.availability(machine.files()).succeeded());

        machine.with("/proc/self/status", "Name:\tjava\nTHP_enabled:\t0\n");
        assertFalse(HugePages.availability(machine.files()).succeeded());
    }

    @Test
    void residentBytesComeFromTheRollup() throws IOException {
        FakeMachine machine = new FakeMachine(directory);
        assertEquals(OptionalLong.empty(), HugePages.residentBytes(machine.files()));

        machine.with("/proc/self/smaps_rollup", "00-ff ---p 00:00 0 [rollup]\nAnonHugePages:      4096 kB\n");
        assertEquals(OptionalLong.of(4L << 20), HugePages.residentBytes(machine.files()));
    }

    @Test
    void memoryIsZeroedAlignedAndWritableToItsLastByte() {
        long bytes = 3 * HugePageMemory.HUGE_PAGE_BYTES + 12_345;
        try (HugePageMemory memory = HugePageMemory.allocate(bytes)) {
            MemorySegment segment = memory.segment();
            assertEquals(bytes, segment.byteSize());
            long alignment = memory.advice().succeeded() ? HugePageMemory.HUGE_PAGE_BYTES : 64;
            assertEquals(0, segment.address() % alignment);
            assertEquals(
                    -1,
                    segment.mismatch(MemorySegment.ofArray(new byte[(int) bytes])),
                    "fresh memory must be zero everywhere");
            segment.fill((byte) 7);
            assertEquals(7, segment.get(ValueLayout.JAVA_BYTE, bytes - 1));
        }
    }

    @Test
    void memoryIsOfTheSameClassAsAnArenas() {
        try (HugePageMemory memory = HugePageMemory.allocate(HugePageMemory.HUGE_PAGE_BYTES);
                Arena arena = Arena.ofShared()) {
            assertEquals(
                    arena.allocate(64).getClass(),
                    memory.segment().getClass(),
                    "one class of segment keeps vector loads monomorphic");
        }
    }

    @Test
    void smallMemoryIsOrdinaryAndSaysSo() {
        try (HugePageMemory memory = HugePageMemory.allocate(100)) {
            assertFalse(memory.advice().succeeded());
            assertFalse(memory.advice().detail().isEmpty());
            assertEquals(100, memory.segment().byteSize());
            assertEquals(0, memory.segment().address() % 64);
        }
    }

    @Test
    void aClosedSegmentIsRefused() {
        HugePageMemory memory = HugePageMemory.allocate(HugePageMemory.HUGE_PAGE_BYTES);
        MemorySegment segment = memory.segment();
        memory.close();
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void bytesMustBePositive() {
        assertThrows(IllegalArgumentException.class, () -> HugePageMemory.allocate(0));
        assertThrows(IllegalArgumentException.class, () -> HugePageMemory.allocate(-1));
    }

    @Test
    void theKernelBacksTouchedMemoryWithHugePages() {
        Outcome availability = HugePages.availability();
        assumeTrue(availability.succeeded(), availability.detail());
        OptionalLong before = HugePages.residentBytes();
        assumeTrue(before.isPresent(), "the kernel does not tell how much memory is in huge pages");
        long bytes = 32 * HugePageMemory.HUGE_PAGE_BYTES;
        try (HugePageMemory memory = HugePageMemory.allocate(bytes)) {
            assumeTrue(memory.advice().succeeded(), memory.advice().detail());
            memory.segment().fill((byte) 1);
            long gained = HugePages.residentBytes().orElseThrow() - before.getAsLong();
            // The kernel may run out of contiguous memory at any time; half of it still shows that the request was
            // heard.
            assumeTrue(gained > 0, "the kernel has no contiguous memory to spare");
            assertTrue(gained >= bytes / 2, "only " + gained + " of " + bytes + " bytes are in huge pages");
        }
    }
}
