// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.EnergyMeters;
import dev.dendra.energy.MeterChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Where to look for energy meters. */
final class EnergySourceArguments {
    @Option(
            names = "--energy-sysfs-root",
            paramLabel = "FOLDER",
            description =
                    "Where else than at /sys a sysfs is mounted, to look for an energy meter there first; for containers,"
                            + " such as /host/sys. Repeatable.")
    private List<Path> roots = new ArrayList<>();

    /** The best meter of this machine, or why there is none. */
    MeterChoice meter() {
        return EnergyMeters.find(Path.of("/"), sysfsRoots());
    }

    /** Looked at in this order, before the machine's own. */
    List<Path> sysfsRoots() {
        return List.copyOf(roots);
    }
}
