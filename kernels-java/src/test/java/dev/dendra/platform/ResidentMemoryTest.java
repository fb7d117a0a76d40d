// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidentMemoryTest {

    @TempDir
    Path directory;

    @Test
    void thePeakIsTheHighWaterMarkAndNotWhatIsResidentNow() throws IOException {
        FakeMachine machine = new FakeMachine(directory)
                .with("/proc/self/status", "Name:\tjava\nVmPeak:\t 9000 kB\nVmHWM:\t 2048 kB\nVmRSS:\t 1024 kB\n");
        assertEquals(OptionalLong.of(2L << 20), ResidentMemory.peakBytes(machine.files()));
        assertEquals(OptionalLong.of(1L << 20), ResidentMemory.bytes(machine.files()));
    }

    @Test
    void aSystemThatDoesNotTellIsNotTakenForZero() {
        assertEquals(OptionalLong.empty(), ResidentMemory.peakBytes(new FakeMachine(directory).files()));
        assertEquals(OptionalLong.empty(), ResidentMemory.bytes(new FakeMachine(directory).files()));
    }
}
