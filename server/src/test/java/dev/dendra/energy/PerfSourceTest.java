// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of the files of the kernel's power unit; its counters are the test's. */
class PerfSourceTest {
    private static final String UNIT = "bus/event_source/devices/power/";

    @TempDir
    Path folder;

    private FakeSysfs sysfs;
    private final Map<String, Long> counters = new HashMap<>();
    private final List<String> opened = new ArrayList<>();

    @BeforeEach
    void makeSysfs() throws IOException {
        sysfs = new FakeSysfs(folder);
        sysfs.socket(0, 0, 1);
        sysfs.socket(1, 2, 3);
        sysfs.write(UNIT + "type", "23");
        sysfs.write(UNIT + "cpumask", "0,2");
        event("energy-pkg", "0x02");
        event("energy-ram", "0x03");
    }

    @Test
    void countsEachSocketOnItsCpu() throws Exception {
        EnergyMeter meter = new EnergyMeter(
                EnergySource.PERF, MeterScope.HOST, source(this::open).search(sysfs.root()));
        assertEquals(List.of("23 2 0", "23 3 0", "23 2 2", "23 3 2"), opened);
        assertEquals("package+dram", meter.domains());
        meter.sample(0);
        counters.put("23 2 2", 3L << 32);
        counters.put("23 3 0", 1L << 31);
        meter.sample(1_000_000_000);
        assertEquals(3, meter.joules(new EnergyDomain(EnergyDomain.Kind.PACKAGE, 1, "rapl")), 1e-9);
        assertEquals(0.5, meter.joules(new EnergyDomain(EnergyDomain.Kind.DRAM, 0, "rapl")), 1e-9);
        assertEquals(3.5, meter.attributedJoules(), 1e-9);
    }

    @Test
    void aMissingEventIsAMissingDomain() throws Exception {
        FakeSysfs.remove(sysfs.root().resolve(UNIT + "events/energy-ram"));
        assertEquals(2, source(this::open).search(sysfs.root()).size());
    }

    @Test
    void saysWhichRightIsMissing() {
        MeterAbsentException absent = assertThrows(
                MeterAbsentException.class,
                () -> source((type, config, cpu) -> {
                            throw new AccessDeniedException("performance event");
                        })
                        .search(sysfs.root()));
        assertEquals(MeterAbsentException.Cause.BARRED, absent.kind());
        assertTrue(absent.fix().contains("CAP_PERFMON"), absent.fix());
    }

    @Test
    void aMachineWithoutTheUnitHasNone() throws IOException {
        FakeSysfs.remove(sysfs.root().resolve("bus"));
        MeterAbsentException absent = assertThrows(
                MeterAbsentException.class, () -> source(this::open).search(sysfs.root()));
        assertEquals(MeterAbsentException.Cause.ABSENT, absent.kind());
    }

    @Test
    void aUnitThatTheKernelDoesNotOpenIsNone() {
        MeterAbsentException absent = assertThrows(
                MeterAbsentException.class,
                () -> source((type, config, cpu) -> {
                            throw new NoSuchFileException("performance event");
                        })
                        .search(sysfs.root()));
        assertEquals(MeterAbsentException.Cause.ABSENT, absent.kind());
    }

    @Test
    void filesThatMakeNoSenseAreNamed() throws IOException {
        sysfs.write(UNIT + "events/energy-pkg", "config=7");
        MeterAbsentException absent = assertThrows(
                MeterAbsentException.class, () -> source(this::open).search(sysfs.root()));
        assertEquals(MeterAbsentException.Cause.BROKEN, absent.kind());
        assertTrue(absent.reason().contains("energy-pkg"), absent.reason());
    }

    @Test
    void isTakenWherePowercapIsNot() {
        SysfsFiles files = sysfs.files();
        MeterChoice found = new EnergyMeters(
                        List.of(new PowercapSource(files), source(this::open)),
                        new AcpiSource(files),
                        files,
                        BitSet::new,
                        true)
                .find(List.of(sysfs.root()));
        assertEquals(EnergySource.PERF, found.meter().source());
    }

    @Test
    void ofTwoMetersThatAreBarredTheBetterOneIsNamed() throws IOException {
        SysfsFiles files = sysfs.files();
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 1);
        sysfs.deny(counter);
        MeterChoice found = new EnergyMeters(
                        List.of(new PowercapSource(files), source((type, config, cpu) -> {
                            throw new AccessDeniedException("performance event");
                        })),
                        new AcpiSource(files),
                        files,
                        BitSet::new,
                        false)
                .find(List.of(sysfs.root()));
        assertTrue(found.reason().contains(counter.toString()), found.reason());
    }

    private void event(String name, String number) throws IOException {
        sysfs.write(UNIT + "events/" + name, "event=" + number);
        sysfs.write(UNIT + "events/" + name + ".scale", "2.3283064365386962890625e-10");
        sysfs.write(UNIT + "events/" + name + ".unit", "Joules");
    }

    private PerfSource source(PerfSource.Opener opener) {
        return new PerfSource(sysfs.files(), opener);
    }

    private CounterReader open(int type, long config, int cpu) {
        String name = type + " " + config + " " + cpu;
        opened.add(name);
        return () -> counters.getOrDefault(name, 0L);
    }
}
