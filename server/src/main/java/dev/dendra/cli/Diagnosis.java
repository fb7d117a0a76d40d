// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.EnergyMeters;
import dev.dendra.energy.MeterChoice;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.Activations;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.HugePages;
import dev.dendra.platform.MemoryInfo;
import dev.dendra.platform.NumaTopology;
import dev.dendra.platform.ThreadAffinity;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What matters for speed on a machine, and what is missing. */
final class Diagnosis {
    /** Flags that kernels make use of, x86 first, then Arm, by their names in {@code /proc/cpuinfo}. */
    private static final List<String> FLAGS = List.of(
            "avx2",
            "fma",
            "f16c",
            "avx_vnni",
            "avx512f",
            "avx512bw",
            "avx512_vnni",
            "avx512_bf16",
            "avx512vbmi",
            "avx512_vbmi2",
            "amx_tile",
            "amx_int8",
            "amx_bf16",
            "asimd",
            "asimddp",
            "i8mm",
            "bf16",
            "sve",
            "sve2");

    private final Path root;
    private final Path cache;
    private final List<Path> sysfsRoots;
    private final PrintWriter out;
    private final boolean probes;

    /**
     * A diagnosis.
     *
     * @param root holds {@code proc} and {@code sys}; {@code /} on a real machine
     * @param cache folder of models
     * @param sysfsRoots where else energy meters are looked for
     * @param out where the findings are printed
     * @param probes whether kernels are run to see that they do
     */
    Diagnosis(Path root, Path cache, List<Path> sysfsRoots, PrintWriter out, boolean probes) {
        this.root = root;
        this.cache = cache;
        this.sysfsRoots = List.copyOf(sysfsRoots);
        this.out = out;
        this.probes = probes;
    }

    /** Prints the findings. */
    void print() throws InterruptedException {
        processor(CpuFeatures.detect(root));
        java();
        kernels();
        memory(MemoryInfo.detect(root));
        models();
        energy(EnergyMeters.find(root, sysfsRoots));
        out.flush();
    }

    private void processor(CpuFeatures cpu) {
        out.println("Processor");
        line("model", cpu.modelName() + " (" + cpu.vendor() + ", " + cpu.microarchitecture() + ")");
        line(
                "cores",
                cpu.physicalCores() + ", hardware threads " + cpu.logicalCpus() + ", usable by this process "
                        + ThreadAffinity.availableCpus());
        line(
                "caches",
                "L1d " + binary(cpu.l1dBytes()) + ", L2 " + binary(cpu.l2Bytes()) + ", L3 " + binary(cpu.l3Bytes()));
        line("flags that matter", known(cpu, true));
        line("flags it lacks", known(cpu, false));
    }

    /** Flags that the CPU has, or lacks; only those of its own architecture are lacking. */
    private static String known(CpuFeatures cpu, boolean present) {
        boolean isArm = cpu.has("asimd");
        int arm = FLAGS.indexOf("asimd");
        List<String> ours = isArm ? FLAGS.subList(arm, FLAGS.size()) : FLAGS.subList(0, arm);
        String flags = ours.stream().filter(flag -> cpu.has(flag) == present).collect(Collectors.joining(" "));
        return flags.isEmpty() ? "none" : flags;
    }

    private void java() {
        out.println("Java");
        line("version", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        line("home", System.getProperty("java.home"));
        line("heap limit", ByteSize.text(Runtime.getRuntime().maxMemory()));
        line(
                "vector module",
                ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                        ? "present"
                        : "absent: start Java with --add-modules jdk.incubator.vector");
    }

    private void kernels() throws InterruptedException {
        out.println("Kernels");
        for (KernelProvider provider : KernelSelector.providers()) {
            KernelProvider.Support support = provider.probe();
            String availability =
                    support.preferred() ? "available: " : support.supported() ? "on request only: " : "not available: ";
            line(provider.name(), availability + support.detail());
            for (KernelProvider.InstructionSet set : provider.instructionSets()) {
                line("  " + set.id(), finding(provider, set));
            }
        }
        try (Kernels kernels = KernelSelector.select(KernelSelector.AUTO).kernels()) {
            line("--deterministic", Determinism.describe(Activations.defaultOf(kernels)));
        }
    }

    private String finding(KernelProvider provider, KernelProvider.InstructionSet set) throws InterruptedException {
        if (!set.runs()) {
            return "no: " + set.reason().orElseThrow();
        }
        return probes ? KernelProbe.run(provider.name(), set.id()) : "yes";
    }

    private void memory(MemoryInfo memory) {
        out.println("Memory");
        line("installed", ByteSize.text(memory.totalBytes()));
        line("available", ByteSize.text(memory.availableBytes()));
        OptionalLong limit = memory.limitBytes();
        line("control group limit", limit.isPresent() ? ByteSize.text(limit.getAsLong()) : "none");
        line("huge pages", HugePages.availability().detail());
        line("nodes", NumaChoice.describe(NumaTopology.detect()));
    }

    private void models() throws InterruptedException {
        out.println("Models");
        line("cache", cache + (Files.isDirectory(cache) ? "" : " (not made yet)"));
        line("pip, for fetching", Pip.describe());
    }

    private void energy(MeterChoice choice) {
        out.println("Energy");
        line("meter", choice.describe());
        if (!choice.fix().isEmpty()) {
            line("to have one", choice.fix());
        }
    }

    private static String binary(long bytes) {
        if (bytes <= 0) {
            return "unknown";
        }
        return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : String.format(Locale.ROOT, "%d MiB", bytes >> 20);
    }

    private void line(String label, String value) {
        out.printf(Locale.ROOT, "  %-20s %s%n", label, value);
    }
}
