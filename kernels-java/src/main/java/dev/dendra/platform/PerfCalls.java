// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The calls that performance events take, as {@link Libc} has others; apart from those, so that nobody binds them who does
 * not use them. Where there is a {@link Libc#instance()}, a call returns a negative {@code errno} on failure.
 */
final class PerfCalls {
    private static final int EIO = 5;
    private static final long OPEN_ON_X86 = 298;
    private static final long OPEN_ON_ARM = 241;
    private static final long CLOSE_ON_EXEC = 8;
    private static final long ALL_PROCESSES = -1;
    private static final long NO_GROUP = -1;

    /** {@code PERF_ATTR_SIZE_VER0}: what every kernel knows of {@code struct perf_event_attr}. */
    private static final int ATTRIBUTE_BYTES = 64;

    private static final MethodHandle SYSCALL = Libc.bind(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle READ =
            Libc.bind("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle CLOSE = Libc.bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private PerfCalls() {}

    /** {@code perf_event_open(2)} for all processes on one CPU: a file descriptor. */
    static int open(int type, long config, int cpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CAPTURE_LAYOUT);
            MemorySegment attributes = arena.allocate(ATTRIBUTE_BYTES, Long.BYTES);
            attributes.set(JAVA_INT, 0, type);
            attributes.set(JAVA_INT, 4, ATTRIBUTE_BYTES);
            attributes.set(JAVA_LONG, 8, config);
            long number = System.getProperty("os.arch").equals("amd64") ? OPEN_ON_X86 : OPEN_ON_ARM;
            long result = (long)
                    SYSCALL.invokeExact(state, number, attributes, ALL_PROCESSES, (long) cpu, NO_GROUP, CLOSE_ON_EXEC);
            return result < 0 ? -Libc.errno(state) : (int) result;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Reads a counter into the first element of {@code value}. */
    static int read(int descriptor, long[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CAPTURE_LAYOUT);
            MemorySegment buffer = arena.allocate(JAVA_LONG);
            long result = (long) READ.invokeExact(state, descriptor, buffer, (long) Long.BYTES);
            if (result != Long.BYTES) {
                return result < 0 ? -Libc.errno(state) : -EIO;
            }
            value[0] = buffer.get(JAVA_LONG, 0);
            return 0;
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    static int close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CAPTURE_LAYOUT);
            return (int) CLOSE.invokeExact(state, descriptor) == 0 ? 0 : -Libc.errno(state);
        } catch (Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
