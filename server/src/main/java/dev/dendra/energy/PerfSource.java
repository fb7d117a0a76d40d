// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.EnergyDomain.Kind;
import dev.dendra.energy.MeterAbsentException.Cause;
import dev.dendra.platform.CpuList;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RAPL through the kernel's {@code power} performance unit, whose counters the kernel widens to 64 bits. For processors
 * whose RAPL is behind TPMI it takes Linux 6.10.
 */
final class PerfSource implements MeterSource {
    private static final String UNIT = "bus/event_source/devices/power";
    private static final Pattern EVENT = Pattern.compile("event=0x([0-9a-f]{1,8})");

    /** Opens a counter. */
    @FunctionalInterface
    interface Opener {
        /** Of an event {@code config} of the unit {@code type} on {@code cpu}. */
        CounterReader open(int type, long config, int cpu) throws IOException;
    }

    private final SysfsFiles files;
    private final Opener opener;

    PerfSource(SysfsFiles files, Opener opener) {
        this.files = files;
        this.opener = opener;
    }

    @Override
    public EnergySource id() {
        return EnergySource.PERF;
    }

    @Override
    public List<MeteredDomain> search(Path sys) throws MeterAbsentException {
        Path unit = sys.resolve(UNIT);
        try {
            int type = (int) files.number(unit.resolve("type"));
            BitSet cpus = CpuList.parse(files.read(unit.resolve("cpumask")));
            Map<Integer, Integer> sockets = CpuSockets.read(sys, files);
            List<MeteredDomain> found = new ArrayList<>();
            // One CPU of each package, or of each die.
            for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
                int socket = sockets.getOrDefault(cpu, 0);
                open(unit, "energy-pkg", type, cpu, new EnergyDomain(Kind.PACKAGE, socket, "rapl"), found);
                open(unit, "energy-ram", type, cpu, new EnergyDomain(Kind.DRAM, socket, "rapl"), found);
            }
            open(unit, "energy-psys", type, cpus.nextSetBit(0), new EnergyDomain(Kind.PLATFORM, 0, "psys"), found);
            if (!found.isEmpty()) {
                return found;
            }
        } catch (AccessDeniedException denied) {
            throw new MeterAbsentException(
                    Cause.BARRED,
                    "permission denied for " + denied.getFile(),
                    "give this process CAP_PERFMON, or set kernel.perf_event_paranoid to 0");
        } catch (NoSuchFileException absent) {
            throw new MeterAbsentException(
                    Cause.ABSENT, absent.getFile() + " is not there", "load the kernel's module rapl");
        } catch (IOException broken) {
            throw new MeterAbsentException(
                    Cause.BROKEN, unit + " cannot be used: " + broken.getMessage(), "look at the kernel's log");
        }
        throw new MeterAbsentException(Cause.ABSENT, unit + " has no energy events", "load the kernel's module rapl");
    }

    /** Adds the domain to {@code found} if the unit has its event. */
    private void open(Path unit, String event, int type, int cpu, EnergyDomain domain, List<MeteredDomain> found)
            throws IOException {
        Matcher config;
        double joulesPerUnit;
        try {
            config = EVENT.matcher(files.read(unit.resolve("events/" + event)));
            joulesPerUnit = Double.parseDouble(files.read(unit.resolve("events/" + event + ".scale")));
        } catch (NoSuchFileException absent) {
            return;
        } catch (NumberFormatException e) {
            throw new ImplausibleReadingException(event + ".scale is not a number");
        }
        if (cpu < 0 || !config.matches()) {
            throw new ImplausibleReadingException("no CPU to count " + event + " on, or no number of the event");
        }
        CounterReader reader = opener.open(type, Long.parseLong(config.group(1), 16), cpu);
        found.add(new MeteredDomain(
                domain,
                new AccumulatedEnergy(
                        reader,
                        AccumulatedEnergy.ENDLESS,
                        joulesPerUnit,
                        domain.kind().mostWatts())));
    }
}
