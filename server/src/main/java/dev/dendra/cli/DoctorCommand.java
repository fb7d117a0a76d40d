// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CacheFolder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: what this machine has, and what is missing. */
@Command(
        name = "doctor",
        description = "Show what matters for speed on this machine: processor, JDK, kernels, memory, energy meter.")
final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--cache", paramLabel = "FOLDER", description = "Folder of fetched and packed models.")
    private @Nullable Path cache;

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Path folder = CacheFolder.resolve(Optional.ofNullable(cache), console.environment());
        new Diagnosis(Path.of("/"), folder, console.out()).print();
        return 0;
    }
}
