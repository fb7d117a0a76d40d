// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which socket each CPU is on. */
final class CpuSockets {
    private static final System.Logger LOG = System.getLogger(CpuSockets.class.getName());

    private CpuSockets() {}

    /** Socket of each CPU that is online, by the first of {@code roots} that tells; empty if none does. */
    static Map<Integer, Integer> read(List<Path> roots, SysfsFiles files) {
        return roots.stream()
                .map(sys -> read(sys, files))
                .filter(sockets -> !sockets.isEmpty())
                .findFirst()
                .orElse(Map.of());
    }

    /** Socket of each CPU that is online; empty where {@code sys} does not tell. */
    static Map<Integer, Integer> read(Path sys, SysfsFiles files) {
        Map<Integer, Integer> sockets = new TreeMap<>();
        for (Path cpu : SysfsFiles.list(sys.resolve("devices/system/cpu"), "cpu[0-9]*")) {
            try {
                int number = Integer.parseInt(String.valueOf(cpu.getFileName()).substring("cpu".length()));
                sockets.put(number, (int) files.number(cpu.resolve("topology/physical_package_id")));
            } catch (IOException | NumberFormatException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> cpu + " has no topology, as when it is offline: " + e);
            }
        }
        return sockets;
    }
}
