// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.comparison.HostDescription;
import dev.dendra.energy.MeterChoice;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.CpuSettings;
import java.util.OptionalDouble;

/** Describes this machine for a file of results. */
final class HostDescriptions {
    private HostDescriptions() {}

    /**
     * This machine.
     *
     * @param threads that compute
     * @param readBytesPerSecond of memory, with these threads
     * @param meter of energy
     */
    static HostDescription ofThisMachine(int threads, OptionalDouble readBytesPerSecond, MeterChoice meter) {
        CpuFeatures cpu = CpuFeatures.detect();
        CpuSettings settings = CpuSettings.detect();
        return new HostDescription(
                cpu.modelName(),
                cpu.microarchitecture(),
                settings.microcode(),
                settings.governor(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                cpu.physicalCores(),
                threads,
                readBytesPerSecond,
                meter.describe());
    }
}
