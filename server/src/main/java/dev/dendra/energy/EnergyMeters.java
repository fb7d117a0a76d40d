// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds out which energy meter would work on a machine. */
public final class EnergyMeters {
    private static final String POWERCAP = "sys/class/powercap";
    private static final String ZONES = "intel-rapl:*";

    private EnergyMeters() {}

    /**
     * Looks for RAPL counters in Linux's powercap tree ({@code Documentation/power/powercap/powercap.rst}); AMD's are
     * called {@code intel-rapl} there too.
     *
     * @param root holds {@code sys}; {@code /} on a real machine
     */
    public static MeterAvailability probe(Path root) {
        Path tree = root.resolve(POWERCAP);
        List<String> domains = new ArrayList<>();
        try (DirectoryStream<Path> zones = Files.newDirectoryStream(tree, ZONES)) {
            for (Path zone : zones) {
                Long.parseLong(Files.readString(zone.resolve("energy_uj")).strip());
                domains.add(Files.readString(zone.resolve("name")).strip());
            }
        } catch (AccessDeniedException denied) {
            return none("permission denied for " + denied.getFile()
                    + ": its reader has to be root, or of a group that was given the right");
        } catch (IOException | NumberFormatException unreadable) {
            return Files.isDirectory(tree)
                    ? none(tree + " cannot be read: " + unreadable.getMessage())
                    : none(tree + " is not there: not Linux, or a virtual machine or container that hides it");
        }
        if (domains.isEmpty()) {
            return none(tree + " has no RAPL counters: virtual machines usually have none");
        }
        domains.sort(null);
        return new MeterAvailability(true, "RAPL through powercap: " + String.join(", ", domains));
    }

    private static MeterAvailability none(String reason) {
        return new MeterAvailability(false, "none: " + reason);
    }
}
