// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import dev.dendra.energy.EnergyDomain.Kind;
import dev.dendra.energy.MeterAbsentException.Cause;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * RAPL counters in Linux's powercap tree ({@code Documentation/power/powercap/powercap.rst}), which AMD's processors have
 * too, under Intel's name. Zones are told by what they are called and not by their folders: numbers of zones are not those
 * of packages, and the same zone may be there several times, as {@code intel-rapl}, {@code intel-rapl-mmio} or through TPMI.
 */
final class PowercapSource implements MeterSource {
    private static final double JOULES_PER_MICROJOULE = 1e-6;

    private static final Pattern PACKAGE = Pattern.compile("package-(\\d{1,4})(-die-\\d{1,4})?");
    private static final Pattern PLATFORM = Pattern.compile("psys(-\\d{1,4})?");

    private final SysfsFiles files;

    PowercapSource(SysfsFiles files) {
        this.files = files;
    }

    @Override
    public EnergySource id() {
        return EnergySource.POWERCAP;
    }

    @Override
    public List<MeteredDomain> search(Path sys) throws MeterAbsentException {
        return new Search(sys.resolve("class/powercap")).domains();
    }

    /** A walk through one tree. */
    private final class Search {
        private final Path tree;
        private final Set<String> seen = new HashSet<>();
        private final Map<String, String> names = new HashMap<>();
        private final List<MeteredDomain> found = new ArrayList<>();
        private boolean hasPlatform;
        private @Nullable Path hidden;
        private @Nullable Path denied;
        private @Nullable IOException broken;

        Search(Path tree) {
            this.tree = tree;
        }

        List<MeteredDomain> domains() throws MeterAbsentException {
            List<Path> zones = new ArrayList<>(SysfsFiles.list(tree, "intel-rapl*:*"));
            // The memory-mapped copy last, so that it is the one that is dropped.
            zones.sort(Comparator.comparing((Path zone) -> folder(zone).contains("mmio"))
                    .thenComparing(PowercapSource::folder));
            zones.forEach(this::visit);
            if (found.isEmpty()) {
                throw absence();
            }
            return found;
        }

        private void visit(Path zone) {
            try {
                String name = files.read(zone.resolve("name"));
                names.put(folder(zone), name);
                Optional<EnergyDomain> domain = domain(folder(zone), name);
                if (domain.isPresent() && seen.add(parentName(zone) + "/" + name)) {
                    add(domain.get(), zone);
                }
            } catch (AccessDeniedException e) {
                denied = denied == null ? zone : denied;
            } catch (IOException e) {
                if (Files.isSymbolicLink(zone) && !Files.exists(zone)) {
                    hidden = zone;
                } else {
                    broken = e;
                }
            }
        }

        private void add(EnergyDomain domain, Path zone) throws IOException {
            Path counter = zone.resolve("energy_uj");
            boolean isPlatform = domain.kind() == Kind.PLATFORM;
            if (isPlatform && hasPlatform) {
                // Several name the same machine.
                return;
            }
            MeteredDomain metered = new MeteredDomain(
                    domain,
                    new AccumulatedEnergy(
                            () -> files.number(counter),
                            range(zone),
                            JOULES_PER_MICROJOULE,
                            domain.kind().mostWatts()));
            files.number(counter);
            hasPlatform |= isPlatform;
            found.add(metered);
        }

        private long range(Path zone) {
            try {
                return Math.max(AccumulatedEnergy.ENDLESS, files.number(zone.resolve("max_energy_range_uj")));
            } catch (IOException e) {
                // A counter that then goes back is an error, not a guess.
                return AccumulatedEnergy.ENDLESS;
            }
        }

        private Optional<EnergyDomain> domain(String folder, String name) {
            Matcher socket = PACKAGE.matcher(name);
            if (socket.matches()) {
                return Optional.of(new EnergyDomain(Kind.PACKAGE, Integer.parseInt(socket.group(1)), "rapl"));
            }
            if (PLATFORM.matcher(name).matches()) {
                return Optional.of(new EnergyDomain(Kind.PLATFORM, 0, "psys"));
            }
            Matcher parent = PACKAGE.matcher(names.getOrDefault(parent(folder), ""));
            // The others, core and uncore, are parts of their package.
            return name.equals("dram") && parent.matches()
                    ? Optional.of(new EnergyDomain(Kind.DRAM, Integer.parseInt(parent.group(1)), "rapl"))
                    : Optional.empty();
        }

        private String parentName(Path zone) {
            return names.getOrDefault(parent(folder(zone)), "");
        }

        private MeterAbsentException absence() {
            if (denied != null) {
                return new MeterAbsentException(
                        Cause.BARRED,
                        "permission denied for " + denied + "/energy_uj, which only root may read",
                        "let a group of this user read it with a udev rule: docs/energy.md");
            }
            if (hidden != null) {
                return new MeterAbsentException(
                        Cause.BARRED,
                        hidden + " leads to a folder that is not there: container runtimes hide it",
                        "mount the host's /sys/class/powercap and /sys/devices/virtual/powercap below another folder, such "
                                + "as /host/sys, and name that with --energy-sysfs-root");
            }
            if (broken != null) {
                return new MeterAbsentException(
                        Cause.BROKEN, tree + " cannot be read: " + broken.getMessage(), "look at the kernel's log");
            }
            String what = Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS) ? " has no RAPL zones" : " is not there";
            return new MeterAbsentException(
                    Cause.ABSENT, tree + what, "load the kernel's module intel_rapl_msr or intel_rapl_tpmi");
        }
    }

    private static String folder(Path zone) {
        return String.valueOf(zone.getFileName());
    }

    /** {@code intel-rapl:0} of {@code intel-rapl:0:2}; empty for a zone that has none above it. */
    private static String parent(String folder) {
        int last = folder.lastIndexOf(':');
        return folder.indexOf(':') < last ? folder.substring(0, last) : "";
    }
}
