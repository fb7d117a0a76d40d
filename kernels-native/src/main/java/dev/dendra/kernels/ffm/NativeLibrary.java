// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelLoadException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The loaded library of native kernels, of the one ABI version that this class binds. */
final class NativeLibrary implements AutoCloseable {

    /** {@code DENDRA_ABI_VERSION} of {@code dendra_kernels.h}. */
    static final int ABI_VERSION = 2;

    private final Arena arena;
    private final String origin;

    private NativeLibrary(Arena arena, String origin) {
        this.arena = arena;
        this.origin = origin;
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
            requireAbiVersion(load(located, arena), located.origin());
            return new NativeLibrary(arena, located.origin());
        } catch (KernelLoadException e) {
            arena.close();
            throw e;
        } finally {
            located.discard();
        }
    }

    /** Where the library came from. */
    String origin() {
        return origin;
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
        int version = abiVersion(symbol);
        if (version != ABI_VERSION) {
            throw new KernelLoadException(origin + " has ABI version " + Integer.toUnsignedString(version)
                    + ", this build needs " + ABI_VERSION + ": build both from the same sources");
        }
    }

    @SuppressWarnings("restricted")
    private static int abiVersion(MemorySegment symbol) {
        MethodHandle function =
                Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT));
        try {
            return (int) function.invokeExact();
        } catch (Throwable e) {
            throw new KernelLoadException("dendra_abi_version failed", e);
        }
    }
}
