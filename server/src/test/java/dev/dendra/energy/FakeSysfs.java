// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A sysfs in a folder, with files that may not be read even by root. */
final class FakeSysfs {
    static final long RANGE = 262_143_328_850L;

    private final Path sys;
    private final Set<Path> denied = new HashSet<>();

    FakeSysfs(Path sys) {
        this.sys = sys;
    }

    Path root() {
        return sys;
    }

    /** Reads like the system, but for what is denied. */
    SysfsFiles files() {
        return file -> {
            if (denied.contains(file)) {
                throw new AccessDeniedException(file.toString());
            }
            return SysfsFiles.system().read(file);
        };
    }

    /** Nobody may read the file any more. */
    void deny(Path file) {
        denied.add(file);
    }

    /** A zone with a counter; returns the counter. */
    Path zone(String folder, String name, long microjoules) throws IOException {
        return zone(folder, name, microjoules, RANGE);
    }

    Path zone(String folder, String name, long microjoules, long range) throws IOException {
        String zone = "class/powercap/" + folder + "/";
        write(zone + "name", name);
        write(zone + "max_energy_range_uj", Long.toString(range));
        return write(zone + "energy_uj", Long.toString(microjoules));
    }

    /** CPUs {@code first} to {@code last} on a socket. */
    void socket(int socket, int first, int last) throws IOException {
        for (int cpu = first; cpu <= last; cpu++) {
            write("devices/system/cpu/cpu" + cpu + "/topology/physical_package_id", Integer.toString(socket));
        }
    }

    /** An ACPI power meter; returns the file with its microwatts. */
    Path acpi(long microwatts) throws IOException {
        write("class/hwmon/hwmon0/name", "coretemp");
        write("class/hwmon/hwmon3/name", "power_meter");
        return write("class/hwmon/hwmon3/power1_average", Long.toString(microwatts));
    }

    Path write(String path, String text) throws IOException {
        Path file = sys.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text + "\n");
    }

    static void set(Path counter, long value) throws IOException {
        Files.writeString(counter, value + "\n");
    }

    /** The folder and all that is in it is gone. */
    static void remove(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }
}
