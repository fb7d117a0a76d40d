// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.OptionalLong;

/** Whether the kernel hands out transparent huge pages, and how many this process has. */
public final class HugePages {

    private static final String ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled";

    private HugePages() {}

    /** Whether memory that asks for huge pages may get them here, with the setting that says so. */
    public static Outcome availability() {
        return availability(SystemFiles.ofThisMachine());
    }

    static Outcome availability(SystemFiles files) {
        String setting = files.text(ENABLED).orElse("");
        if (setting.isEmpty()) {
            return Outcome.failure("no transparent huge pages: " + ENABLED + " is not there");
        }
        if (setting.contains("[never]")) {
            return Outcome.failure("transparent huge pages are off: " + ENABLED + " says never");
        }
        if ("0".equals(files.fields("/proc/self/status").get("THP_enabled"))) {
            return Outcome.failure("transparent huge pages are off for this process: THP_enabled is 0");
        }
        return Outcome.success(ENABLED + ": " + setting);
    }

    /** Bytes of anonymous memory of this process in huge pages now, or nothing where the kernel does not tell. */
    public static OptionalLong residentBytes() {
        return residentBytes(SystemFiles.ofThisMachine());
    }

    static OptionalLong residentBytes(SystemFiles files) {
        return MemoryInfo.kibibytes(files.fields("/proc/self/smaps_rollup").get("AnonHugePages"));
    }
}
