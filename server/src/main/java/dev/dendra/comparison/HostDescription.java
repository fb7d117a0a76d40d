// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import java.util.OptionalDouble;

/**
 * Where a benchmark ran. What the system does not tell is {@code unknown}.
 *
 * @param cpu name of the processor
 * @param microarchitecture as far as its numbers say; hypervisors may report others
 * @param microcode its revision
 * @param governor of its clock
 * @param system operating system and its release
 * @param physicalCores of the host
 * @param threads that computed
 * @param readBytesPerSecond measured read bandwidth of memory with these threads; empty where it was not measured
 * @param energyMeter source of the joules; {@code none} where nothing measures them
 */
public record HostDescription(
        String cpu,
        String microarchitecture,
        String microcode,
        String governor,
        String system,
        int physicalCores,
        int threads,
        OptionalDouble readBytesPerSecond,
        String energyMeter) {

    /** Short enough for a legend: the microarchitecture, else the processor's name, and the threads. */
    public String label() {
        String name = microarchitecture.equals("unknown") ? cpu : microarchitecture;
        return name + ", " + threads + (threads == 1 ? " thread" : " threads");
    }
}
