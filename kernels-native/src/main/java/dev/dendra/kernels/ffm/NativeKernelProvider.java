// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.Kernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Kernels in C on the best instruction set that the processor has, the operating system permits and the user allows.
 * Where that is the scalar baseline the Vector API is better, and these kernels run on request only.
 */
public final class NativeKernelProvider implements KernelProvider {
    private final Supplier<LibraryLocator> locator;
    private final Supplier<NativeTier> cap;

    /** For {@link java.util.ServiceLoader}. */
    public NativeKernelProvider() {
        this(LibraryLocator::ofThisProcess, TierCap::ofThisProcess);
    }

    /**
     * A provider with a library and a cap of its own.
     *
     * @param cap may throw {@link KernelLoadException}
     */
    NativeKernelProvider(Supplier<LibraryLocator> locator, Supplier<NativeTier> cap) {
        this.locator = locator;
        this.cap = cap;
    }

    @Override
    public String name() {
        return NativeKernels.PROVIDER;
    }

    @Override
    public int priority() {
        return 20;
    }

    @Override
    public Support probe() {
        try (NativeLibrary library = NativeLibrary.open(locator.get())) {
            NativeCpu cpu = library.detect(cap.get());
            String reasons = cpu.whyNotHigher();
            if (cpu.tier() == NativeTier.SCALAR) {
                return Support.onlyOnRequest("only the scalar kernels could run (" + reasons + ")");
            }
            return Support.yes(cpu.tier().id() + (reasons.isEmpty() ? "" : " (" + reasons + ")"));
        } catch (KernelLoadException e) {
            return Support.no(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<InstructionSet> instructionSets() {
        try (NativeLibrary library = NativeLibrary.open(locator.get())) {
            NativeCpu cpu = library.detect(cap.get());
            return Arrays.stream(NativeTier.values())
                    .sorted(Comparator.reverseOrder())
                    .map(tier -> new InstructionSet(
                            tier.id(), Optional.ofNullable(cpu.reasons().get(tier))))
                    .toList();
        } catch (KernelLoadException e) {
            return List.of();
        }
    }

    @Override
    public Kernels open() {
        return open(Optional.empty());
    }

    @Override
    public Kernels open(String isa) {
        return open(Optional.of(NativeTier.ofId(isa)
                .orElseThrow(() -> new KernelLoadException(
                        name() + ": no instruction set '" + isa + "', only " + NativeTier.ids()))));
    }

    private Kernels open(Optional<NativeTier> wanted) {
        try {
            NativeLibrary library = NativeLibrary.open(locator.get());
            try {
                return kernels(library, wanted);
            } catch (KernelLoadException e) {
                library.close();
                throw e;
            }
        } catch (KernelLoadException e) {
            throw new KernelLoadException(name() + ": " + e.getMessage(), e);
        }
    }

    private Kernels kernels(NativeLibrary library, Optional<NativeTier> wanted) {
        NativeCpu cpu = library.detect(cap.get());
        NativeTier tier = wanted.orElse(cpu.tier());
        String reason = cpu.reasons().get(tier);
        if (reason != null) {
            throw new KernelLoadException(tier.id() + " does not run here: " + reason);
        }
        return new NativeKernels(library, tier, TileThresholds.BUILT_IN);
    }
}
