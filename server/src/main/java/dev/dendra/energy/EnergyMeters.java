// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.MeterAbsentException.Cause;
import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.PerfCounter;
import dev.dendra.platform.ThreadAffinity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;

/**
 * Finds the meter of a machine: the first that works of RAPL through powercap, RAPL through perf events, and the ACPI power
 * meter. Where one counts processors, the platform is counted beside them if it can be.
 */
public final class EnergyMeters {
    private static final String VIRTUAL_MACHINE_FLAG = "hypervisor";

    private final List<MeterSource> processors;
    private final MeterSource machine;
    private final SysfsFiles files;
    private final Supplier<BitSet> allowedCpus;
    private final boolean virtual;

    /**
     * A search.
     *
     * @param processors meters of processors, in order of preference
     * @param machine a meter of all of it
     * @param files how to read the topology
     * @param allowedCpus CPUs that this process may run on
     * @param virtual whether this is a virtual machine, where a lack is no wonder
     */
    EnergyMeters(
            List<MeterSource> processors,
            MeterSource machine,
            SysfsFiles files,
            Supplier<BitSet> allowedCpus,
            boolean virtual) {
        this.processors = List.copyOf(processors);
        this.machine = machine;
        this.files = files;
        this.allowedCpus = allowedCpus;
        this.virtual = virtual;
    }

    /**
     * The best meter of this machine.
     *
     * @param root holds {@code proc} and {@code sys}; {@code /} on a real machine
     * @param others where else a sysfs is mounted, such as the host's in a container; looked at before {@code root}'s own
     */
    public static MeterChoice find(Path root, List<Path> others) {
        SysfsFiles files = SysfsFiles.system();
        List<Path> roots = new ArrayList<>(others);
        roots.add(root.resolve("sys"));
        return new EnergyMeters(
                        List.of(
                                new PowercapSource(files),
                                new PerfSource(
                                        files, (type, config, cpu) -> PerfCounter.open(type, config, cpu)::read)),
                        new AcpiSource(files),
                        files,
                        ThreadAffinity::allowedCpus,
                        CpuFeatures.detect(root).has(VIRTUAL_MACHINE_FLAG))
                .find(roots);
    }

    /** The best meter below {@code roots}, each of them a sysfs, in order; at least one. */
    MeterChoice find(List<Path> roots) {
        List<MeterAbsentException> absences = new ArrayList<>();
        for (MeterSource source : processors) {
            for (Path sys : roots) {
                try {
                    List<MeteredDomain> domains = new ArrayList<>(source.search(sys));
                    domains.addAll(machine(roots, new ArrayList<>()));
                    MeterScope scope = MeterScope.of(CpuSockets.read(roots, files), allowedCpus.get());
                    return new MeterChoice(new EnergyMeter(source.id(), scope, domains), "", "");
                } catch (MeterAbsentException absence) {
                    absences.add(absence);
                }
            }
        }
        List<MeteredDomain> whole = machine(roots, absences);
        return whole.isEmpty()
                ? none(absences)
                : new MeterChoice(new EnergyMeter(machine.id(), MeterScope.HOST, whole), "", "");
    }

    private List<MeteredDomain> machine(List<Path> roots, List<MeterAbsentException> absences) {
        for (Path sys : roots) {
            try {
                return machine.search(sys);
            } catch (MeterAbsentException absence) {
                absences.add(absence);
            }
        }
        return List.of();
    }

    /** With the reason that is closest to a meter; of several the one of the best. */
    private MeterChoice none(List<MeterAbsentException> absences) {
        MeterAbsentException telling = absences.getFirst();
        for (MeterAbsentException each : absences) {
            telling = each.kind().compareTo(telling.kind()) > 0 ? each : telling;
        }
        if (virtual && telling.kind() == Cause.ABSENT) {
            return new MeterChoice(
                    EnergyMeter.none(),
                    telling.reason() + ", and this is a virtual machine: hypervisors hide the counters",
                    "measure on the host");
        }
        return new MeterChoice(EnergyMeter.none(), telling.reason(), telling.fix());
    }
}
