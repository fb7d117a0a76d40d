// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which meter is found, and what is said where there is none. */
class EnergyMetersTest {
    @TempDir
    Path folder;

    private FakeSysfs sysfs;

    @BeforeEach
    void makeSysfs() {
        sysfs = new FakeSysfs(folder.resolve("sys"));
    }

    @Test
    void aMachineWithoutPowercapHasNoMeter() {
        assertNone("class/powercap is not there", "load the kernel's module");
    }

    @Test
    void aVirtualMachineIsNotToldToLoadModules() {
        MeterChoice found = search(all(), true);
        assertTrue(found.describe().startsWith("none: "), found.describe());
        assertTrue(found.reason().contains("virtual machine"), found.reason());
        assertTrue(found.fix().contains("host"), found.fix());
    }

    @Test
    void aPowercapTreeWithoutZonesHasNoMeter() throws IOException {
        Files.createDirectories(sysfs.root().resolve("class/powercap/intel-rapl"));
        assertNone("has no RAPL zones", "load the kernel's module");
    }

    @Test
    void countersThatOnlyRootMayReadAreNoMeter() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 1);
        sysfs.deny(counter);
        assertNone("permission denied for " + counter, "udev");
    }

    @Test
    void linksThatLeadNowhereAreAMaskedFolder() throws IOException {
        Path tree = Files.createDirectories(sysfs.root().resolve("class/powercap"));
        for (String zone : List.of("intel-rapl", "intel-rapl:0", "intel-rapl:0:0")) {
            Files.createSymbolicLink(
                    tree.resolve(zone),
                    Path.of("../../devices/virtual/powercap/intel-rapl").resolve(zone));
        }
        assertNone("container runtimes hide it", "--energy-sysfs-root");
    }

    @Test
    void aCounterThatIsNoNumberIsNoMeter() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 1);
        Files.writeString(counter, "nonsense");
        assertNone("is not a number", "log");
    }

    @Test
    void aDeniedCounterTellsMoreThanAnAbsentOne() throws IOException {
        FakeSysfs host = new FakeSysfs(folder.resolve("host"));
        Path counter = host.zone("intel-rapl:0", "package-0", 1);
        host.deny(counter);
        MeterChoice found = meters(host.files(), all(), false).find(List.of(sysfs.root(), host.root()));
        assertTrue(found.reason().contains(counter.toString()), found.reason());
    }

    @Test
    void aSecondRootIsLookedAtWhenTheFirstHasNothing() throws IOException {
        FakeSysfs host = new FakeSysfs(folder.resolve("host"));
        host.zone("intel-rapl:0", "package-0", 1);
        MeterChoice found = meters(sysfs.files(), all(), false).find(List.of(sysfs.root(), host.root()));
        assertEquals("package", found.meter().domains());
        assertEquals("", found.reason());
    }

    @Test
    void aServerHasPackagesAndMemoryAndNoPartTwice() throws IOException {
        // Numbers of zones are not those of packages.
        sysfs.zone("intel-rapl:0", "package-1", 1);
        sysfs.zone("intel-rapl:0:0", "dram", 1);
        sysfs.zone("intel-rapl:1", "package-0", 1);
        sysfs.zone("intel-rapl:1:0", "core", 1);
        sysfs.zone("intel-rapl:1:1", "dram", 1);
        sysfs.zone("intel-rapl:2", "psys", 1);
        EnergyMeter meter = search().meter();
        assertEquals(EnergySource.POWERCAP, meter.source());
        assertEquals("package+dram", meter.domains());
        assertEquals(
                Set.of("PACKAGE 0 rapl", "PACKAGE 1 rapl", "DRAM 0 rapl", "DRAM 1 rapl", "PLATFORM 0 psys"),
                Set.copyOf(names(meter)));
    }

    @Test
    void aZoneThatIsThereTwiceCountsOnce() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 0);
        sysfs.zone("intel-rapl:0:0", "dram", 0);
        Path copy = sysfs.zone("intel-rapl-mmio:0", "package-0", 0);
        sysfs.zone("intel-rapl-mmio:0:0", "dram", 0);
        EnergyMeter meter = search().meter();
        meter.sample(0);
        FakeSysfs.set(counter, 5_000_000);
        FakeSysfs.set(copy, 7_000_000);
        meter.sample(1_000_000_000);
        assertEquals(5, meter.attributedJoules(), 1e-9);
    }

    @Test
    void diesOfAPackageAreOneDomain() throws IOException {
        Path first = sysfs.zone("intel-rapl:0", "package-0-die-0", 0);
        Path second = sysfs.zone("intel-rapl:1", "package-0-die-1", 0);
        EnergyMeter meter = search().meter();
        assertEquals(List.of("PACKAGE 0 rapl"), names(meter));
        meter.sample(0);
        FakeSysfs.set(first, 1_000_000);
        FakeSysfs.set(second, 2_000_000);
        meter.sample(1_000_000_000);
        assertEquals(3, meter.joules(meter.counted().getFirst()), 1e-9);
    }

    @Test
    void aPlatformCounterIsNotAddedToWhatItContains() throws IOException {
        Path packageCounter = sysfs.zone("intel-rapl:0", "package-0", 0);
        Path core = sysfs.zone("intel-rapl:0:0", "core", 0);
        Path psys = sysfs.zone("intel-rapl:1", "psys-1", 0);
        EnergyMeter meter = search().meter();
        meter.sample(0);
        FakeSysfs.set(packageCounter, 50_000_000);
        FakeSysfs.set(core, 30_000_000);
        FakeSysfs.set(psys, 90_000_000);
        meter.sample(1_000_000_000);
        assertEquals(50, meter.attributedJoules(), 1e-9);
        assertEquals(90, meter.joules(new EnergyDomain(EnergyDomain.Kind.PLATFORM, 0, "psys")), 1e-9);
    }

    @Test
    void amdHasNoMemoryCounter() throws IOException {
        sysfs.zone("intel-rapl:0", "package-0", 1);
        sysfs.zone("intel-rapl:0:0", "core", 1);
        EnergyMeter meter = search().meter();
        assertEquals("package", meter.domains());
        assertEquals(List.of("PACKAGE 0 rapl"), names(meter));
    }

    @Test
    void aMemoryCounterThatMayNotBeReadIsLeftOut() throws IOException {
        sysfs.zone("intel-rapl:0", "package-0", 1);
        sysfs.deny(sysfs.zone("intel-rapl:0:0", "dram", 1));
        assertEquals("package", search().meter().domains());
    }

    @Test
    void theMachinesOwnMeterIsTakenWhereThereIsNoOther() throws IOException {
        Path power = sysfs.acpi(200_000_000);
        EnergyMeter meter = search().meter();
        assertEquals(EnergySource.HWMON, meter.source());
        assertEquals("platform", meter.domains());
        meter.sample(0);
        FakeSysfs.set(power, 300_000_000);
        // Not asked before a second has passed.
        meter.sample(500_000_000);
        assertEquals(0, meter.attributedJoules());
        meter.sample(2_000_000_000);
        assertEquals(500, meter.attributedJoules(), 1e-9);
    }

    @Test
    void theMachinesOwnMeterIsCountedBesideProcessors() throws IOException {
        sysfs.zone("intel-rapl:0", "package-0", 1);
        sysfs.acpi(1);
        EnergyMeter meter = search().meter();
        assertEquals(EnergySource.POWERCAP, meter.source());
        assertEquals("package", meter.domains());
        assertEquals(List.of("PACKAGE 0 rapl", "PLATFORM 0 acpi"), names(meter));
    }

    @Test
    void aProcessThatMayRunAnywhereMeasuresTheHost() throws IOException {
        twoSockets();
        EnergyMeter meter = search().meter();
        assertEquals("host", meter.scope().id());
        assertTrue(meter.scope().shared());
        assertEquals(List.of("PACKAGE 0 rapl", "PACKAGE 1 rapl"), names(meter));
    }

    @Test
    void aProcessThatIsKeptToASocketMeasuresThatSocket() throws IOException {
        twoSockets();
        EnergyMeter meter = search(cpus(4, 8), false).meter();
        assertEquals("socket", meter.scope().id());
        assertFalse(meter.scope().shared());
        assertEquals(List.of("PACKAGE 1 rapl"), names(meter));
    }

    @Test
    void socketsAreThoseOfAnyRoot() throws IOException {
        twoSockets();
        FakeSysfs host = new FakeSysfs(folder.resolve("host"));
        host.zone("intel-rapl:0", "package-0", 1);
        EnergyMeter meter = meters(host.files(), cpus(0, 4), false)
                .find(List.of(host.root(), sysfs.root()))
                .meter();
        assertEquals("socket", meter.scope().id());
    }

    @Test
    void aProcessThatHasAPartOfASocketSharesIt() throws IOException {
        twoSockets();
        EnergyMeter meter = search(cpus(4, 7), false).meter();
        assertEquals("socket", meter.scope().id());
        assertTrue(meter.scope().shared());
    }

    @Test
    void aProcessThatReachesIntoAnotherSocketMeasuresBoth() throws IOException {
        twoSockets();
        EnergyMeter meter = search(cpus(3, 8), false).meter();
        assertEquals("host", meter.scope().id());
        assertTrue(meter.scope().shared());
    }

    private void twoSockets() throws IOException {
        sysfs.socket(0, 0, 3);
        sysfs.socket(1, 4, 7);
        sysfs.zone("intel-rapl:0", "package-0", 1);
        sysfs.zone("intel-rapl:1", "package-1", 1);
    }

    private void assertNone(String reason, String fix) {
        MeterChoice found = search();
        assertFalse(found.meter().measures());
        assertEquals(EnergySource.NONE, found.meter().source());
        assertTrue(found.reason().contains(reason), found.reason());
        assertTrue(found.fix().contains(fix), found.fix());
    }

    private MeterChoice search() {
        return search(all(), false);
    }

    private MeterChoice search(BitSet allowed, boolean virtual) {
        return meters(sysfs.files(), allowed, virtual).find(List.of(sysfs.root()));
    }

    private static EnergyMeters meters(SysfsFiles files, BitSet allowed, boolean virtual) {
        return new EnergyMeters(
                Stream.<MeterSource>of(new PowercapSource(files)).toList(),
                new AcpiSource(files),
                files,
                () -> allowed,
                virtual);
    }

    private static BitSet all() {
        return cpus(0, 8);
    }

    private static BitSet cpus(int from, int to) {
        BitSet cpus = new BitSet();
        cpus.set(from, to);
        return cpus;
    }

    private static List<String> names(EnergyMeter meter) {
        return meter.counted().stream()
                .map(domain -> domain.kind() + " " + domain.socket() + " " + domain.meter())
                .sorted()
                .toList();
    }
}
