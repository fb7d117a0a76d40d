// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Memory of this machine, in bytes.
 *
 * @param totalBytes memory installed
 * @param availableBytes what can be had without swapping, page cache given back included
 * @param limitBytes the limit of this process's control group, if it has one
 */
public record MemoryInfo(long totalBytes, long availableBytes, OptionalLong limitBytes) {

    /** Of this machine. */
    public static MemoryInfo detect() {
        return detect(Path.of("/"));
    }

    /** As {@link #detect()}, with {@code proc} and {@code sys} below {@code root}. */
    public static MemoryInfo detect(Path root) {
        SystemFiles files = new SystemFiles(root);
        Map<String, String> fields = files.fields("/proc/meminfo");
        OptionalLong total = kibibytes(fields.get("MemTotal"));
        OptionalLong available = kibibytes(fields.get("MemAvailable"));
        if (total.isEmpty() || available.isEmpty()) {
            OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            total = OptionalLong.of(system.getTotalMemorySize());
            available = OptionalLong.of(system.getFreeMemorySize());
        }
        return new MemoryInfo(total.getAsLong(), available.getAsLong(), new ControlGroup(files).memoryLimit());
    }

    /** The most this process can ever have: the memory installed, or less if its control group is limited to less. */
    public long ceilingBytes() {
        return Math.min(totalBytes, limitBytes.orElse(totalBytes));
    }

    /** Reads {@code 123 kB}. */
    static OptionalLong kibibytes(@Nullable String text) {
        if (text == null || !text.endsWith(" kB")) {
            return OptionalLong.empty();
        }
        return SystemFiles.parseNumber(text.substring(0, text.length() - 3) + "K");
    }
}
