// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryInfoTest {

    @TempDir
    Path directory;

    private FakeMachine machine;

    @BeforeEach
    void machine() throws IOException {
        machine = new FakeMachine(directory)
                .with("/proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:   12000000 kB\n");
    }

    @Test
    void withoutAControlGroupThereIsNoLimit() {
        MemoryInfo memory = MemoryInfo.detect(machine.root());

        assertEquals(new MemoryInfo(16_000_000L << 10, 12_000_000L << 10, OptionalLong.empty()), memory);
        assertEquals(16_000_000L << 10, memory.ceilingBytes());
    }

    @Test
    void version2TakesTheSmallestLimitOnTheWayUp() throws IOException {
        machine.with("/proc/self/cgroup", "0::/kubepods/pod1/main\n")
                .with("/sys/fs/cgroup/kubepods/pod1/main/memory.max", "max\n")
                .with("/sys/fs/cgroup/kubepods/pod1/memory.max", "4294967296\n")
                .with("/sys/fs/cgroup/kubepods/memory.max", "8589934592\n");

        MemoryInfo memory = MemoryInfo.detect(machine.root());

        assertEquals(OptionalLong.of(4L << 30), memory.limitBytes());
        assertEquals(4L << 30, memory.ceilingBytes());
    }

    @Test
    void version1ReadsTheContainersMountAndKnowsItsWordForNoLimit() throws IOException {
        machine.with("/proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n")
                .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertEquals(OptionalLong.empty(), MemoryInfo.detect(machine.root()).limitBytes());

        machine.with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
        assertEquals(
                OptionalLong.of(2L << 30), MemoryInfo.detect(machine.root()).limitBytes());
    }

    @Test
    void cpuQuotaIsRoundedUpToWholeCpus() throws IOException {
        machine.with("/proc/self/cgroup", "0::/\n").with("/sys/fs/cgroup/cpu.max", "250000 100000\n");
        assertEquals(OptionalInt.of(3), new ControlGroup(machine.files()).cpuQuota());

        machine.with("/sys/fs/cgroup/cpu.max", "max 100000\n");
        assertEquals(OptionalInt.empty(), new ControlGroup(machine.files()).cpuQuota());
    }

    @Test
    void cpuQuotaOfVersion1() throws IOException {
        machine.with("/proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n")
                .with("/sys/fs/cgroup/cpu,cpuacct/cgroup.procs", "1\n")
                .with("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
                .with("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
        assertEquals(OptionalInt.empty(), new ControlGroup(machine.files()).cpuQuota());

        machine.with("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
        assertEquals(OptionalInt.of(2), new ControlGroup(machine.files()).cpuQuota());
    }

    @Test
    void readsThisMachine() {
        MemoryInfo memory = MemoryInfo.detect();

        assertTrue(memory.totalBytes() > 0);
        assertTrue(memory.availableBytes() <= memory.totalBytes());
    }
}
