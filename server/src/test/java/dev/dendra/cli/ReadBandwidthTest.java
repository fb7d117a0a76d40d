// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.MemoryInfo;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReadBandwidthTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    @Test
    void theBufferIsMuchLargerThanTheCache() {
        assertEquals(Optional.of(256 * MIB), ReadBandwidth.bufferBytes(cpu(32 * MIB), memory(8 * GIB)));
        assertEquals(Optional.of(4 * GIB), ReadBandwidth.bufferBytes(cpu(512 * MIB), memory(16 * GIB)));
    }

    @Test
    void nothingIsMeasuredWhereSuchABufferDoesNotFit() {
        assertEquals(Optional.empty(), ReadBandwidth.bufferBytes(cpu(512 * MIB), memory(7 * GIB)));
        assertEquals(Optional.empty(), ReadBandwidth.bufferBytes(cpu(32 * MIB), memory(200 * MIB)));
    }

    @Test
    void everyByteIsReadByOneOfTheThreads() throws InterruptedException {
        assertTrue(ReadBandwidth.measure(10_000_000, 3) > 0);
    }

    private static CpuFeatures cpu(long l3) {
        return new CpuFeatures("vendor", "model", 6, 1, 1, "none", Set.of(), 32 << 10, MIB, l3, 2, 2);
    }

    private static MemoryInfo memory(long available) {
        return new MemoryInfo(available, available, OptionalLong.empty());
    }
}
