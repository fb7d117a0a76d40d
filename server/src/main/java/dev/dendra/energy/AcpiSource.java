// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.MeterAbsentException.Cause;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;

/** The ACPI power meter ({@code Documentation/hwmon/acpi_power_meter.rst}): watts of the whole machine. */
final class AcpiSource implements MeterSource {
    private static final double WATTS_PER_MICROWATT = 1e-6;
    private static final String NAME = "power_meter";

    private final SysfsFiles files;

    AcpiSource(SysfsFiles files) {
        this.files = files;
    }

    @Override
    public EnergySource id() {
        return EnergySource.HWMON;
    }

    @Override
    public List<MeteredDomain> search(Path sys) throws MeterAbsentException {
        Path folder = sys.resolve("class/hwmon");
        for (Path device : SysfsFiles.list(folder, "hwmon*")) {
            Path average = device.resolve("power1_average");
            try {
                if (files.read(device.resolve("name")).equals(NAME)) {
                    files.number(average);
                    return List.of(new MeteredDomain(
                            new EnergyDomain(EnergyDomain.Kind.PLATFORM, 0, "acpi"),
                            new IntegratedPower(
                                    () -> files.number(average),
                                    WATTS_PER_MICROWATT,
                                    EnergyDomain.Kind.PLATFORM.mostWatts())));
                }
            } catch (AccessDeniedException e) {
                throw new MeterAbsentException(
                        Cause.BARRED, "permission denied for " + average, "let a group of this user read it");
            } catch (IOException e) {
                throw new MeterAbsentException(
                        Cause.BROKEN, device + " cannot be read: " + e.getMessage(), "look at the kernel's log");
            }
        }
        throw new MeterAbsentException(
                Cause.ABSENT, folder + " has no ACPI power meter", "load the kernel's module acpi_power_meter");
    }
}
