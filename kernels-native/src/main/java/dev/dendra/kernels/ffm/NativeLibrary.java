// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static java.util.Objects.requireNonNull;

import dev.dendra.kernels.KernelLoadException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;

/** The loaded library of native kernels, of the one ABI version that this class binds. */
final class NativeLibrary implements AutoCloseable {

    /** {@code DENDRA_ABI_VERSION} of {@code dendra_kernels.h}. */
    static final int ABI_VERSION = 5;

    /** Every operation is a function from a job to a status, so that one handle, a constant to the JIT, calls them all. */
    private static final MethodHandle CALL = handle(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);

    private final Arena arena;
    private final String origin;
    private final String build;
    private final SymbolLookup symbols;
    private final Map<NativeOperation, MemorySegment> operations = new EnumMap<>(NativeOperation.class);

    private NativeLibrary(Arena arena, String origin, String build, SymbolLookup symbols) {
        this.arena = arena;
        this.origin = origin;
        this.build = build;
        this.symbols = symbols;
        for (NativeOperation operation : NativeOperation.values()) {
            operations.put(operation, symbol(operation.symbol()));
        }
    }

    /**
     * Finds, loads and checks the library.
     *
     * @throws KernelLoadException if there is none, or it is truncated, or of another ABI version
     */
    static NativeLibrary open(LibraryLocator locator) {
        LibraryLocator.Located located = locator.locate();
        Arena arena = Arena.ofShared();
        try {
            ElfImage.requireComplete(located.path());
            String build = "ABI " + ABI_VERSION + ", CRC-32 " + ElfImage.checksum(located.path());
            SymbolLookup symbols = load(located, arena);
            requireAbiVersion(symbols, located.origin());
            return new NativeLibrary(arena, located.origin(), build, symbols);
        } catch (KernelLoadException e) {
            arena.close();
            throw e;
        } finally {
            located.discard();
        }
    }

    /** Runs an operation on a job and returns the status. */
    int call(NativeOperation operation, MemorySegment job) {
        try {
            return (int) CALL.invokeExact(requireNonNull(operations.get(operation)), job);
        } catch (Throwable e) {
            throw unexpected(operation.symbol(), e);
        }
    }

    /**
     * What may run here, {@code cap} at most. Asks Linux for the use of AMX where the CPU has it and the cap allows it.
     *
     * @throws KernelLoadException if the library does not know the cap
     */
    NativeCpu detect(NativeTier cap) {
        MethodHandle detect = handle(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment cpu = call.allocate(NativeStructs.CPU);
            int status = (int) detect.invokeExact(symbol("dendra_detect"), cap.code(), cpu);
            if (status != 0) {
                throw new KernelLoadException(origin + " cannot detect instruction sets up to " + cap.id());
            }
            return NativeCpu.of(cpu);
        } catch (KernelLoadException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected("dendra_detect", e);
        }
    }

    /** Bytes of scratch that a worker has to bring. */
    long scratchBytes(NativeTier tier) {
        MethodHandle scratchBytes = handle(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        try {
            return (long) scratchBytes.invokeExact(symbol("dendra_scratch_bytes"), tier.code());
        } catch (Throwable e) {
            throw unexpected("dendra_scratch_bytes", e);
        }
    }

    /** Where the library came from. */
    String origin() {
        return origin;
    }

    /** Which build of the library this is: {@code ABI 4, CRC-32 1c291ca3}. */
    String build() {
        return build;
    }

    /** Unloads the library; nothing of it may be in use. */
    @Override
    public void close() {
        arena.close();
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup load(LibraryLocator.Located located, Arena arena) {
        try {
            return SymbolLookup.libraryLookup(located.path(), arena);
        } catch (IllegalArgumentException e) {
            throw new KernelLoadException(
                    "the dynamic linker refuses " + located.origin() + " at " + located.path()
                            + ": made for another machine or C library, or on a file system mounted noexec",
                    e);
        }
    }

    private static void requireAbiVersion(SymbolLookup library, String origin) {
        MemorySegment symbol = library.find("dendra_abi_version")
                .orElseThrow(
                        () -> new KernelLoadException(origin + " has no dendra_abi_version: not Dendra's library"));
        int version;
        try {
            version = (int) handle(ValueLayout.JAVA_INT).invokeExact(symbol);
        } catch (Throwable e) {
            throw unexpected("dendra_abi_version", e);
        }
        if (version != ABI_VERSION) {
            throw new KernelLoadException(origin + " has ABI version " + Integer.toUnsignedString(version)
                    + ", this build needs " + ABI_VERSION + ": build both from the same sources");
        }
    }

    /**
     * The bare address: it says nothing of the library's lifetime, which a call would otherwise have to hold on to, with
     * an atomic operation that all workers share.
     */
    private MemorySegment symbol(String name) {
        return symbols.find(name)
                .map(symbol -> MemorySegment.ofAddress(symbol.address()))
                .orElseThrow(() -> new KernelLoadException(origin + " has no " + name));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(MemoryLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(result, arguments));
    }

    private static AssertionError unexpected(String function, Throwable cause) {
        return new AssertionError("a call of " + function + " cannot throw", cause);
    }
}
