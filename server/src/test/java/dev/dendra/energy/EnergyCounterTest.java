// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a meter makes of counters that overflow, vanish, stand still or talk nonsense. */
class EnergyCounterTest {
    private static final long SECOND = 1_000_000_000;

    @TempDir
    Path folder;

    private FakeSysfs sysfs;

    @BeforeEach
    void makeSysfs() {
        sysfs = new FakeSysfs(folder);
    }

    @Test
    void aCounterThatOverflowsGoesOn() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 990_000_000, 1_000_000_000);
        EnergyMeter meter = meter();
        meter.sample(0);
        FakeSysfs.set(counter, 15_000_000);
        assertTrue(meter.sample(SECOND));
        assertEquals(25, meter.attributedJoules(), 1e-9);
    }

    @Test
    void joulesNeverGoBackWhateverTheCounterDoes() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 0, 1_000_000_000);
        EnergyMeter meter = meter();
        Random random = new Random(7);
        double before = 0;
        for (int i = 0; i < 500; i++) {
            FakeSysfs.set(counter, random.nextLong(-10, 1_100_000_000));
            meter.sample(i * SECOND);
            assertTrue(meter.attributedJoules() >= before);
            before = meter.attributedJoules();
        }
        assertTrue(before > 0);
    }

    @Test
    void twoSamplesInOneTickAreNoEnergyAndNoError() throws IOException {
        sysfs.zone("intel-rapl:0", "package-0", 77);
        EnergyMeter meter = meter();
        meter.sample(0);
        assertTrue(meter.sample(10));
        assertTrue(meter.sample(10));
        assertEquals(0, meter.attributedJoules());
        assertEquals(0, meter.errors().count(ReadErrors.Reason.IMPLAUSIBLE));
    }

    @Test
    void aPackageThatIsRemovedCountsNoMoreAndComesBackWithoutAJump() throws IOException {
        Path gone = sysfs.zone("intel-rapl:0", "package-0", 5_000_000);
        Path stays = sysfs.zone("intel-rapl:1", "package-1", 0);
        EnergyMeter meter = meter();
        meter.sample(0);
        FakeSysfs.remove(Objects.requireNonNull(gone.getParent()));
        FakeSysfs.set(stays, 3_000_000);
        assertFalse(meter.sample(SECOND), "half of the energy is not all of it");
        assertEquals(3, meter.attributedJoules(), 1e-9);
        assertEquals(1, meter.errors().count(ReadErrors.Reason.ENOENT));
        sysfs.zone("intel-rapl:0", "package-0", 2_000_000);
        assertFalse(meter.sample(2 * SECOND), "what was used meanwhile is not known");
        FakeSysfs.set(gone, 4_000_000);
        assertTrue(meter.sample(3 * SECOND));
        assertEquals(5, meter.attributedJoules(), 1e-9);
    }

    @Test
    void aRightThatIsTakenAwayIsCounted() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 5_000_000);
        EnergyMeter meter = meter();
        meter.sample(0);
        sysfs.deny(counter);
        assertFalse(meter.sample(SECOND));
        assertEquals(1, meter.errors().count(ReadErrors.Reason.EACCES));
        assertEquals(0, meter.attributedJoules());
    }

    @Test
    void moreThanAnyProcessorTakesIsNotBelieved() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 0);
        EnergyMeter meter = meter();
        meter.sample(0);
        FakeSysfs.set(counter, 100_000_000_000L);
        assertFalse(meter.sample(SECOND));
        assertEquals(0, meter.attributedJoules());
        assertEquals(1, meter.errors().count(ReadErrors.Reason.IMPLAUSIBLE));
        FakeSysfs.set(counter, 100_000_100_000L);
        assertFalse(meter.sample(2 * SECOND));
        FakeSysfs.set(counter, 100_200_100_000L);
        assertTrue(meter.sample(3 * SECOND));
        assertEquals(200, meter.attributedJoules(), 1e-9);
    }

    @Test
    void aCounterOutsideItsRangeOrWithoutANumberIsNotBelieved() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 0, 1_000_000);
        EnergyMeter meter = meter();
        meter.sample(0);
        FakeSysfs.set(counter, 1_000_001);
        assertFalse(meter.sample(SECOND));
        sysfs.write("class/powercap/intel-rapl:0/energy_uj", "");
        assertFalse(meter.sample(2 * SECOND));
        assertEquals(2, meter.errors().count(ReadErrors.Reason.IMPLAUSIBLE));
        assertEquals(0, meter.attributedJoules());
    }

    @Test
    void aCounterThatGoesBackWithoutARangeIsNotGuessedAt() throws IOException {
        Path counter = sysfs.zone("intel-rapl:0", "package-0", 9_000_000, 0);
        EnergyMeter meter = meter();
        meter.sample(0);
        FakeSysfs.set(counter, 1_000_000);
        assertFalse(meter.sample(SECOND));
        assertEquals(0, meter.attributedJoules());
        assertEquals(1, meter.errors().count(ReadErrors.Reason.IMPLAUSIBLE));
    }

    @Test
    void wattsThatNoMachineTakesAreNotIntegrated() throws IOException {
        Path power = sysfs.acpi(100_000_000);
        EnergyMeter meter = meter();
        meter.sample(0);
        FakeSysfs.set(power, 900_000_000_000L);
        assertFalse(meter.sample(SECOND));
        FakeSysfs.set(power, 100_000_000);
        assertFalse(meter.sample(2 * SECOND));
        assertTrue(meter.sample(4 * SECOND));
        assertEquals(200, meter.attributedJoules(), 1e-9);
    }

    private EnergyMeter meter() {
        SysfsFiles files = sysfs.files();
        return new EnergyMeters(List.of(new PowercapSource(files)), new AcpiSource(files), files, BitSet::new, false)
                .find(List.of(sysfs.root()))
                .meter();
    }
}
