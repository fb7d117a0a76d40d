// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyStopwatchTest {
    private static final OptionalDouble NOTHING = OptionalDouble.empty();

    @TempDir
    private Path folder;

    private FakeSysfs sysfs;
    private Path socket;
    private EnergyStopwatch stopwatch;
    private long millis = 1000;

    @BeforeEach
    void aSocketAndItsMemory() throws IOException {
        sysfs = new FakeSysfs(folder);
        socket = sysfs.zone("intel-rapl:0", "package-0", FakeSysfs.RANGE - 1_000_000);
        Path memory = sysfs.zone("intel-rapl:0:0", "dram", 500);
        BitSet cpus = new BitSet();
        cpus.set(0, 2);
        PowercapSource powercap = new PowercapSource(sysfs.files());
        EnergyMeters meters =
                new EnergyMeters(List.of(powercap), new AcpiSource(sysfs.files()), sysfs.files(), () -> cpus, false);
        stopwatch = new EnergyStopwatch(meters.find(List.of(sysfs.root())).meter(), () -> millis * 1_000_000);
        FakeSysfs.set(memory, 500);
    }

    @Test
    void countsFromStartToStop() throws IOException {
        stopwatch.start();
        FakeSysfs.set(socket, FakeSysfs.RANGE - 400_000);
        millis += 100;
        assertEquals(0.6, stopwatch.stop().getAsDouble(), 1e-9);
        stopwatch.start();
        // The counter comes round.
        FakeSysfs.set(socket, 2_000_000);
        millis += 50_000;
        assertEquals(2.4, stopwatch.stop().getAsDouble(), 1e-5);
    }

    @Test
    void whatIsTooShortOrTooLongForTheMeterHasNoFigure() throws IOException {
        stopwatch.start();
        millis += 99;
        assertEquals(NOTHING, stopwatch.stop());
        stopwatch.start();
        millis += 100_001;
        assertEquals(NOTHING, stopwatch.stop());
    }

    @Test
    void aReadingThatFailedGivesNoFigure() throws IOException {
        stopwatch.start();
        sysfs.deny(socket);
        millis += 1000;
        assertEquals(NOTHING, stopwatch.stop());
    }

    @Test
    void withoutAMeterThereIsNoFigure() {
        EnergyStopwatch none = EnergyStopwatch.none();
        none.start();
        assertEquals(NOTHING, none.stop());
    }
}
