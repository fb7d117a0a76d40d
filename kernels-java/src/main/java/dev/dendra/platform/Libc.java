// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The few C library calls that the JDK does not offer, on 64-bit Linux, where the constants below hold. A call returns
 * 0, or for {@link #mapAnonymous} an address, on success and a negative {@code errno} on failure.
 */
final class Libc {

    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final int MADV_HUGEPAGE = 14;
    /** Bytes of a CPU mask: 8192 CPUs, the most that Linux can be configured for on x86-64. */
    private static final int CPU_MASK_BYTES = 1024;

    static final StructLayout CAPTURE_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MemorySegment MAP_FAILED = MemorySegment.ofAddress(-1);
    private static final String PLATFORM = System.getProperty("os.name") + " " + System.getProperty("os.arch");

    private static final class Holder {
        static final Optional<Libc> INSTANCE = isSupportedPlatform() ? Optional.of(new Libc()) : Optional.empty();

        private Holder() {}
    }

    private final MethodHandle mmap =
            bind("mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private final MethodHandle munmap = bind("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    private final MethodHandle madvise = bind("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private final MethodHandle getAffinity =
            bind("sched_getaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private final MethodHandle setAffinity =
            bind("sched_setaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

    // Without errno, since room for it would be allocated in the step loop.
    private final MethodHandle currentCpu = bindPlain("sched_getcpu", FunctionDescriptor.of(JAVA_INT));
    private final MethodHandle setAffinityPlain =
            bindPlain("sched_setaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

    private Libc() {}

    /** The C library, or nothing where its constants are not known. */
    static Optional<Libc> instance() {
        return Holder.INSTANCE;
    }

    /** Why {@link #instance()} is empty. */
    static String absenceReason() {
        return "implemented for 64-bit Linux only, this is " + PLATFORM;
    }

    private static boolean isSupportedPlatform() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.equals("linux") && Set.of("amd64", "aarch64").contains(System.getProperty("os.arch"));
    }

    /** Maps {@code bytes} of zeroed private memory: its address, or a negative errno. */
    long mapAnonymous(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE_LAYOUT);
            MemorySegment address = (MemorySegment)
                    mmap.invokeExact(state, MemorySegment.NULL, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            return address.address() == MAP_FAILED.address() ? -errno(state) : address.address();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int unmap(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE_LAYOUT);
            int result = (int) munmap.invokeExact(state, MemorySegment.ofAddress(address), bytes);
            return result == 0 ? 0 : -errno(state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Asks for transparent huge pages in a range of whole pages. */
    int adviseHugePages(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE_LAYOUT);
            int result = (int) madvise.invokeExact(state, MemorySegment.ofAddress(address), bytes, MADV_HUGEPAGE);
            return result == 0 ? 0 : -errno(state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Fills {@code cpus} with the CPUs that thread {@code tid} may run on; 0 is the calling thread. */
    int affinity(int tid, BitSet cpus) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE_LAYOUT);
            MemorySegment mask = arena.allocate(CPU_MASK_BYTES, Long.BYTES);
            int result = (int) getAffinity.invokeExact(state, tid, (long) CPU_MASK_BYTES, mask);
            if (result < 0) {
                return -errno(state);
            }
            cpus.clear();
            cpus.or(BitSet.valueOf(mask.toArray(JAVA_LONG)));
            return 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Restricts the calling thread to {@code cpus}. */
    int restrictCurrentThread(BitSet cpus) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURE_LAYOUT);
            MemorySegment mask = cpuMask(arena, cpus);
            int result = (int) setAffinity.invokeExact(state, 0, (long) CPU_MASK_BYTES, mask);
            return result == 0 ? 0 : -errno(state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A mask for {@link #restrictCurrentThread(MemorySegment)}. */
    static MemorySegment cpuMask(Arena arena, BitSet cpus) {
        MemorySegment mask = arena.allocate(CPU_MASK_BYTES, Long.BYTES);
        long[] words = cpus.toLongArray();
        MemorySegment.copy(words, 0, mask, JAVA_LONG, 0, words.length);
        return mask;
    }

    /** Restricts the calling thread to a {@link #cpuMask}; allocates nothing. Whether that worked. */
    boolean restrictCurrentThread(MemorySegment mask) {
        try {
            return (int) setAffinityPlain.invokeExact(0, (long) CPU_MASK_BYTES, mask) == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The CPU that the calling thread is on at this moment, or -1 where that is not known; allocates nothing. */
    int currentCpu() {
        try {
            return (int) currentCpu.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A name for a negative errno as returned by the calls above. */
    static String describe(int negativeErrno) {
        return switch (-negativeErrno) {
            case 1 -> "not permitted (EPERM)";
            case 2 -> "not there (ENOENT)";
            case 5 -> "nothing to read (EIO)";
            case 12 -> "out of memory (ENOMEM)";
            case 13 -> "access denied (EACCES)";
            case 22 -> "refused as invalid (EINVAL)";
            case 38 -> "not implemented (ENOSYS)";
            default -> "errno " + -negativeErrno;
        };
    }

    /** What a call left in the state that it captured. */
    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    /** A function of the C library; its first parameter then takes a state of {@link #CAPTURE_LAYOUT}. */
    @SuppressWarnings("restricted")
    static MethodHandle bind(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, all);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle bindPlain(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a call to the C library failed in the JVM", e);
    }
}
