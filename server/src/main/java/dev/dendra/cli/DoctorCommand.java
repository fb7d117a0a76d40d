// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CacheFolder;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code doctor}: what this machine has, and what is missing. */
@Command(
        name = "doctor",
        description = "Show what matters for speed on this machine: processor, JDK, kernels, memory, energy meter.")
final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--cache", paramLabel = "FOLDER", description = "Folder of fetched and packed models.")
    private @Nullable Path cache;

    @Option(
            names = "--probe",
            description = "Also run every instruction set of every kind of kernels, each in a process of its own.")
    private boolean probe;

    @Option(names = "--self-test", paramLabel = "KERNELS:ISA", hidden = true, description = "What --probe runs.")
    private @Nullable String selfTest;

    @Mixin
    private final EnergySourceArguments energySource = new EnergySourceArguments();

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        if (selfTest != null) {
            test(selfTest);
            return 0;
        }
        Path folder = CacheFolder.resolve(Optional.ofNullable(cache), console.environment());
        new Diagnosis(Path.of("/"), folder, energySource.sysfsRoots(), console.out(), probe).print();
        return 0;
    }

    private static void test(String name) throws CommandFailure {
        int colon = name.indexOf(':');
        if (colon < 0) {
            throw new CommandFailure("--self-test takes KERNELS:ISA, got '" + name + "'");
        }
        try (Kernels kernels = KernelSelector.select(name.substring(0, colon), name.substring(colon + 1));
                Kernels reference = KernelSelector.select("reference").kernels()) {
            List<String> faults = KernelSelfTest.faults(kernels, reference);
            if (!faults.isEmpty()) {
                throw new CommandFailure(String.join("; ", faults));
            }
        }
    }
}
