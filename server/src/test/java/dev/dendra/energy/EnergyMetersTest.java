// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyMetersTest {
    @TempDir
    Path root;

    @Test
    void aMachineWithoutPowercapHasNoMeter() {
        MeterAvailability found = EnergyMeters.probe(root);
        assertFalse(found.available());
        assertTrue(found.detail().contains("is not there"), found.detail());
    }

    @Test
    void aPowercapTreeWithoutRaplHasNoMeter() throws IOException {
        Files.createDirectories(root.resolve("sys/class/powercap/intel-rapl"));
        MeterAvailability found = EnergyMeters.probe(root);
        assertFalse(found.available());
        assertTrue(found.detail().contains("no RAPL counters"), found.detail());
    }

    @Test
    void readableCountersAreNamed() throws IOException {
        zone("intel-rapl:0:0", "dram", "17");
        zone("intel-rapl:0", "package-0", "123456789");
        MeterAvailability found = EnergyMeters.probe(root);
        assertEquals(new MeterAvailability(true, "RAPL through powercap: dram, package-0"), found);
    }

    @Test
    void countersThatOnlyRootMayReadAreNoMeter() throws IOException {
        Path counter = zone("intel-rapl:0", "package-0", "1");
        Files.setPosixFilePermissions(counter, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(counter), "this user may read everything");
        MeterAvailability found = EnergyMeters.probe(root);
        assertFalse(found.available());
        assertTrue(found.detail().contains("permission denied"), found.detail());
    }

    @Test
    void aCounterThatIsNoNumberIsNoMeter() throws IOException {
        zone("intel-rapl:0", "package-0", "nonsense");
        assertFalse(EnergyMeters.probe(root).available());
    }

    private Path zone(String folder, String name, String energy) throws IOException {
        Path zone = Files.createDirectories(root.resolve("sys/class/powercap").resolve(folder));
        Files.writeString(zone.resolve("name"), name + "\n");
        return Files.writeString(zone.resolve("energy_uj"), energy + "\n");
    }
}
