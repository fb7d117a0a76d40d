// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The limits of the control group this process is in, version 1 or 2. A group inherits the limits of its ancestors, so
 * the smallest on the way to the root counts. Inside a container the path in {@code /proc/self/cgroup} may be the
 * host's; what of it does not exist is passed over, and the mount point, which is the container's group, is read.
 */
final class ControlGroup {

    private static final String MOUNT = "/sys/fs/cgroup";
    /** Version 1 writes "no limit" as the largest page-aligned number; nothing real comes near. */
    private static final long NO_LIMIT = 1L << 60;

    private final SystemFiles files;

    ControlGroup(SystemFiles files) {
        this.files = files;
    }

    /** The memory limit in bytes, or nothing if there is none. */
    OptionalLong memoryLimit() {
        long limit = NO_LIMIT;
        for (String directory : directories("memory")) {
            limit = Math.min(limit, files.number(directory + "/memory.max").orElse(NO_LIMIT));
            limit = Math.min(
                    limit, files.number(directory + "/memory.limit_in_bytes").orElse(NO_LIMIT));
        }
        return limit < NO_LIMIT ? OptionalLong.of(limit) : OptionalLong.empty();
    }

    /** CPU time per time, rounded up to whole CPUs as the JVM does, or nothing if it is not limited. */
    OptionalInt cpuQuota() {
        double cpus = Double.POSITIVE_INFINITY;
        for (String directory : directories("cpu")) {
            String[] unified = files.text(directory + "/cpu.max").orElse("").split(" ", -1);
            if (unified.length == 2) {
                cpus = Math.min(cpus, ratio(SystemFiles.parseNumber(unified[0]), SystemFiles.parseNumber(unified[1])));
            }
            cpus = Math.min(
                    cpus,
                    ratio(
                            files.number(directory + "/cpu.cfs_quota_us"),
                            files.number(directory + "/cpu.cfs_period_us")));
        }
        return Double.isFinite(cpus) ? OptionalInt.of((int) Math.ceil(cpus)) : OptionalInt.empty();
    }

    private static double ratio(OptionalLong quota, OptionalLong period) {
        boolean limited = quota.orElse(-1) > 0 && period.orElse(-1) > 0;
        return limited ? (double) quota.getAsLong() / period.getAsLong() : Double.POSITIVE_INFINITY;
    }

    /** Where the limits of {@code controller} are: this process's group and its ancestors up to the mount point. */
    private List<String> directories(String controller) {
        List<String> directories = new ArrayList<>();
        for (String line : files.lines("/proc/self/cgroup")) {
            String[] parts = line.split(":", 3);
            if (parts.length != 3) {
                continue;
            }
            String mount;
            if (parts[1].isEmpty()) {
                mount = MOUNT;
            } else if (List.of(parts[1].split(",", -1)).contains(controller)) {
                mount = files.text(MOUNT + "/" + parts[1] + "/cgroup.procs").isPresent()
                        ? MOUNT + "/" + parts[1]
                        : MOUNT + "/" + controller;
            } else {
                continue;
            }
            String path = parts[2];
            while (!path.isEmpty() && !path.equals("/")) {
                directories.add(mount + path);
                path = path.substring(0, Math.max(0, path.lastIndexOf('/')));
            }
            directories.add(mount);
        }
        return directories;
    }
}
