// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.reference;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.Kernels;
import java.util.List;
import java.util.Optional;

/** Provides {@link ReferenceKernels}, which run anywhere and are chosen only where nothing else runs. */
public final class ReferenceKernelProvider implements KernelProvider {

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Support probe() {
        return Support.yes(ReferenceKernels.ISA);
    }

    @Override
    public List<InstructionSet> instructionSets() {
        return List.of(new InstructionSet(ReferenceKernels.ISA, Optional.empty()));
    }

    @Override
    public Kernels open() {
        return new ReferenceKernels();
    }

    @Override
    public Kernels open(String isa) {
        if (!isa.equals(ReferenceKernels.ISA)) {
            throw new KernelLoadException(name() + ": no instruction set '" + isa + "', only " + ReferenceKernels.ISA);
        }
        return open();
    }
}
