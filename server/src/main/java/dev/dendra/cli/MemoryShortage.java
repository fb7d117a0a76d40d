// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.platform.MemoryInfo;

/** Refuses what does not fit into memory, before the operating system ends the process for it. */
final class MemoryShortage {
    private MemoryShortage() {}

    /**
     * Checks that {@code bytes} more can be had.
     *
     * @param what the start of the message: {@code the KV cache takes}
     * @throws CommandFailure if they cannot
     */
    static void check(String what, long bytes) throws CommandFailure {
        MemoryInfo memory = MemoryInfo.detect();
        long available = Math.min(memory.availableBytes(), memory.ceilingBytes());
        if (bytes > available) {
            throw new CommandFailure(what + " " + ByteSize.text(bytes) + ", more than the " + ByteSize.text(available)
                    + " of memory that are available");
        }
    }
}
