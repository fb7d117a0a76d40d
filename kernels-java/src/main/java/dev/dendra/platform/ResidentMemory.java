// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.util.OptionalLong;

/** What this process has in physical memory. */
public final class ResidentMemory {
    private ResidentMemory() {}

    /** The most bytes that were ever resident at once, mapped files included; nothing where the kernel does not tell. */
    public static OptionalLong peakBytes() {
        return peakBytes(SystemFiles.ofThisMachine());
    }

    static OptionalLong peakBytes(SystemFiles files) {
        return status(files, "VmHWM");
    }

    /** Bytes that are resident now, mapped files included; nothing where the kernel does not tell. */
    public static OptionalLong bytes() {
        return bytes(SystemFiles.ofThisMachine());
    }

    static OptionalLong bytes(SystemFiles files) {
        return status(files, "VmRSS");
    }

    private static OptionalLong status(SystemFiles files, String field) {
        return MemoryInfo.kibibytes(files.fields("/proc/self/status").get(field));
    }
}
