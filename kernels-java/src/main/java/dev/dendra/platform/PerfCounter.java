// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/**
 * A counter of Linux's performance events ({@code perf_event_open(2)}) that counts on one CPU for all processes, as those
 * of uncore units do. For one thread at a time.
 */
public final class PerfCounter implements AutoCloseable {
    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EACCES = 13;
    private static final int ENODEV = 19;

    private final int descriptor;
    private final long[] value = new long[1];

    private PerfCounter(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Begins to count.
     *
     * @param type of the unit, as {@code /sys/bus/event_source/devices/UNIT/type} has it
     * @param config which of its events
     * @param cpu where
     * @throws AccessDeniedException without the right: {@code CAP_PERFMON}, or {@code kernel.perf_event_paranoid} below 1
     * @throws NoSuchFileException if there is no such unit or event
     * @throws IOException if the kernel refuses for another reason, or this is not Linux
     */
    public static PerfCounter open(int type, long config, int cpu) throws IOException {
        String name = "performance event " + config + " of unit " + type + " on CPU " + cpu;
        if (Libc.instance().isEmpty()) {
            throw new IOException(name + ": " + Libc.absenceReason());
        }
        int descriptor = PerfCalls.open(type, config, cpu);
        if (descriptor < 0) {
            throw failure(name, descriptor);
        }
        return new PerfCounter(descriptor);
    }

    /** What was counted since it was opened. */
    public long read() throws IOException {
        int result = PerfCalls.read(descriptor, value);
        if (result < 0) {
            throw failure("performance counter", result);
        }
        return value[0];
    }

    @Override
    public void close() {
        int _ = PerfCalls.close(descriptor);
    }

    private static IOException failure(String name, int negativeErrno) {
        String reason = Libc.describe(negativeErrno);
        return switch (-negativeErrno) {
            case EPERM, EACCES -> new AccessDeniedException(name, null, reason);
            case ENOENT, ENODEV -> new NoSuchFileException(name, null, reason);
            default -> new IOException(name + ": " + reason);
        };
    }
}
