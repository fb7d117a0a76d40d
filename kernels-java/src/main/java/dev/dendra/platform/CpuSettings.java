// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How a machine's processors are put together and set up, which two machines with the same CPU may differ in. Facts that
 * are not to be had are 0 or {@link CpuFeatures#UNKNOWN}: virtual machines show few.
 *
 * @param microcode its revision, as the kernel writes it
 * @param sockets physical packages
 * @param numaNodes nodes with memory or CPUs
 * @param hardwareThreads whether cores run several: {@code on}, {@code off}
 * @param turbo whether clocks may exceed the nominal one: {@code on}, {@code off}
 * @param governor of CPU 0's clock, such as {@code performance}
 */
public record CpuSettings(
        String microcode, int sockets, int numaNodes, String hardwareThreads, String turbo, String governor) {
    private static final String CPUS = "/sys/devices/system/cpu";
    private static final String NODES = "/sys/devices/system/node/online";

    /** Of this machine. */
    public static CpuSettings detect() {
        return detect(Path.of("/"));
    }

    /** As {@link #detect()}, with {@code proc} and {@code sys} below {@code root}. */
    public static CpuSettings detect(Path root) {
        SystemFiles files = new SystemFiles(root);
        return new CpuSettings(
                microcode(files),
                sockets(files),
                files.text(NODES).map(text -> CpuList.parse(text).cardinality()).orElse(0),
                switched(files.number(CPUS + "/smt/active"), 1),
                turbo(files),
                files.text(CPUS + "/cpu0/cpufreq/scaling_governor").orElse(CpuFeatures.UNKNOWN));
    }

    private static String microcode(SystemFiles files) {
        return Optional.ofNullable(files.fields("/proc/cpuinfo").get("microcode"))
                .or(() -> files.text(CPUS + "/cpu0/microcode/version"))
                .orElse(CpuFeatures.UNKNOWN);
    }

    private static int sockets(SystemFiles files) {
        BitSet present = files.text(CPUS + "/present").map(CpuList::parse).orElse(new BitSet());
        Set<String> packages = new HashSet<>();
        present.stream()
                .forEach(cpu -> files.text(CPUS + "/cpu" + cpu + "/topology/physical_package_id")
                        .ifPresent(packages::add));
        return packages.size();
    }

    /** {@code intel_pstate} says when turbo is off, other drivers when boost is on. */
    private static String turbo(SystemFiles files) {
        OptionalLong off = files.number(CPUS + "/intel_pstate/no_turbo");
        return off.isPresent() ? switched(off, 0) : switched(files.number(CPUS + "/cpufreq/boost"), 1);
    }

    private static String switched(OptionalLong value, long on) {
        if (value.isEmpty()) {
            return CpuFeatures.UNKNOWN;
        }
        return value.getAsLong() == on ? "on" : "off";
    }
}
