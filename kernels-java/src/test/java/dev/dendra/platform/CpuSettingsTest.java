// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuSettingsTest {
    private static final String CPUS = "/sys/devices/system/cpu";

    @TempDir
    private Path directory;

    @Test
    void readsAServerOfTwoSockets() throws IOException {
        FakeMachine machine = new FakeMachine(directory)
                .with("/proc/cpuinfo", "processor\t: 0\nmicrocode\t: 0x2b000603\n")
                .with(CPUS + "/present", "0-3\n")
                .with("/sys/devices/system/node/online", "0-3\n")
                .with(CPUS + "/smt/active", "1\n")
                .with(CPUS + "/intel_pstate/no_turbo", "0\n")
                .with(CPUS + "/cpu0/cpufreq/scaling_governor", "performance\n");
        for (int cpu = 0; cpu < 4; cpu++) {
            machine.with(CPUS + "/cpu" + cpu + "/topology/physical_package_id", cpu / 2 + "\n");
        }
        assertEquals(
                new CpuSettings("0x2b000603", 2, 4, "on", "on", "performance"), CpuSettings.detect(machine.root()));
    }

    @Test
    void knowsOtherDriversAndOtherPlaces() throws IOException {
        FakeMachine machine = new FakeMachine(directory)
                .with(CPUS + "/cpu0/microcode/version", "0xa101148\n")
                .with(CPUS + "/smt/active", "0\n")
                .with(CPUS + "/cpufreq/boost", "0\n");
        assertEquals(
                new CpuSettings("0xa101148", 0, 0, "off", "off", CpuFeatures.UNKNOWN),
                CpuSettings.detect(machine.root()));
    }

    @Test
    void aMachineThatShowsNothingIsUnknown() {
        String unknown = CpuFeatures.UNKNOWN;
        assertEquals(new CpuSettings(unknown, 0, 0, unknown, unknown, unknown), CpuSettings.detect(directory));
    }
}
