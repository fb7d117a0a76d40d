// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the operating system says about the CPU. Flags have the kernel's names ({@code avx512_vnni}, {@code asimddp}); a
 * flag is there only if the kernel saves the registers that go with it. Facts that are not to be had are 0 or
 * {@link #UNKNOWN}.
 *
 * @param vendor {@code GenuineIntel}, {@code AuthenticAMD}, or the implementer code of an Arm CPU
 * @param modelName the marketing name
 * @param family CPU family; on Arm the architecture version
 * @param model model number; on Arm the part number
 * @param stepping stepping; on Arm the revision
 * @param microarchitecture best effort from the numbers above: a hypervisor may report others than the CPU has
 * @param flags instruction set flags, sorted
 * @param l1dBytes first-level data cache of one core, in bytes
 * @param l2Bytes second-level cache that CPU 0 sees, in bytes
 * @param l3Bytes third-level cache that CPU 0 sees, in bytes
 * @param physicalCores cores, each counted once whatever the number of its hardware threads
 * @param logicalCpus hardware threads
 */
public record CpuFeatures(
        String vendor,
        String modelName,
        int family,
        int model,
        int stepping,
        String microarchitecture,
        Set<String> flags,
        long l1dBytes,
        long l2Bytes,
        long l3Bytes,
        int physicalCores,
        int logicalCpus) {

    /** Stands for a name that is not to be had. */
    public static final String UNKNOWN = "unknown";

    private static final String CPUS = "/sys/devices/system/cpu";

    /** Of this machine. */
    public static CpuFeatures detect() {
        return detect(Path.of("/"));
    }

    /** As {@link #detect()}, with {@code proc} and {@code sys} below {@code root}. */
    public static CpuFeatures detect(Path root) {
        SystemFiles files = new SystemFiles(root);
        Map<String, String> fields = files.fields("/proc/cpuinfo");
        String vendor = first(fields, "vendor_id", "CPU implementer");
        int family = number(first(fields, "cpu family", "CPU architecture"));
        int model = number(first(fields, "model", "CPU part"));
        String listed = first(fields, "flags", "Features");
        Set<String> flags = listed.equals(UNKNOWN) ? Set.of() : new TreeSet<>(List.of(listed.split(" +", -1)));
        int logicalCpus = logicalCpus(files);
        return new CpuFeatures(
                vendor,
                first(fields, "model name", "Processor"),
                family,
                model,
                number(first(fields, "stepping", "CPU revision")),
                Microarchitecture.name(vendor, family, model, flags),
                flags,
                cacheBytes(files, 1),
                cacheBytes(files, 2),
                cacheBytes(files, 3),
                physicalCores(files, logicalCpus),
                logicalCpus);
    }

    /** Whether the CPU has all of {@code names}. */
    public boolean has(String... names) {
        return flags.containsAll(List.of(names));
    }

    /**
     * Text that tells this CPU from those that may behave otherwise: vendor, numbers, name and flags. Flags too, since
     * hypervisors report the numbers of another CPU.
     */
    public String identity() {
        return vendor + " family " + family + " model " + model + " stepping " + stepping + ", " + modelName + ": "
                + String.join(" ", flags);
    }

    private static String first(Map<String, String> fields, String... keys) {
        for (String key : keys) {
            String value = fields.get(key);
            if (value != null && !value.isEmpty()) {
                return value;
            }
        }
        return UNKNOWN;
    }

    private static int number(String text) {
        try {
            return Integer.decode(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static int logicalCpus(SystemFiles files) {
        int present = files.text(CPUS + "/present")
                .map(text -> CpuList.parse(text).cardinality())
                .orElse(0);
        if (present > 0) {
            return present;
        }
        int processors = (int) files.lines("/proc/cpuinfo").stream()
                .filter(line -> line.startsWith("processor"))
                .count();
        return processors > 0 ? processors : Runtime.getRuntime().availableProcessors();
    }

    private static int physicalCores(SystemFiles files, int logicalCpus) {
        Set<String> cores = new HashSet<>();
        for (int cpu = 0; cpu < logicalCpus; cpu++) {
            String topology = CPUS + "/cpu" + cpu + "/topology/";
            Optional<String> core = files.text(topology + "core_id");
            if (core.isPresent()) {
                cores.add(files.text(topology + "physical_package_id").orElse("0") + ":" + core.get());
            }
        }
        return cores.isEmpty() ? logicalCpus : cores.size();
    }

    private static long cacheBytes(SystemFiles files, int level) {
        // A CPU has a handful of caches; the directory numbers are dense.
        for (int index = 0; index < 16; index++) {
            String cache = CPUS + "/cpu0/cache/index" + index + "/";
            OptionalLong found = files.number(cache + "level");
            if (found.isEmpty()) {
                break;
            }
            boolean holdsData = !files.text(cache + "type").orElse("").equals("Instruction");
            if (found.getAsLong() == level && holdsData) {
                return files.number(cache + "size").orElse(0);
            }
        }
        return 0;
    }
}
