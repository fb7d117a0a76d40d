// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.Kernels;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Provides {@link VectorKernels} where the Vector API is there and compiled well. Refers to classes that use the Vector
 * API only behind the probe, since without its module they cannot be linked.
 */
public final class VectorKernelProvider implements KernelProvider {
    static final String NAME = "vector";
    private static final String MODULE = "jdk.incubator.vector";
    private static final String WIDTH_PROPERTY = "dendra.vector.bits";
    private static final Set<String> WIDTHS = Set.of("128", "256", "512", "preferred");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public Support probe() {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return Support.no("the Java runtime was started without the Vector API; pass --add-modules " + MODULE);
        }
        String machine = System.getProperty("java.vm.name", "") + ", " + System.getProperty("java.vm.info", "");
        if (!machine.contains("Server VM") || machine.contains("emulated-client")) {
            return Support.no("without the C2 compiler vectors are objects and slow; use a HotSpot server VM"
                    + " and drop -XX:TieredStopAtLevel (this is " + machine + ")");
        }
        if (machine.contains("interpreted mode")) {
            return Support.no("without a compiler vectors are objects and slow; drop -Xint");
        }
        String width = System.getProperty(WIDTH_PROPERTY, "preferred");
        if (!WIDTHS.contains(width)) {
            return Support.no(WIDTH_PROPERTY + " is '" + width + "'; pass 128, 256, 512 or preferred");
        }
        return Support.yes(NAME + "-" + Linked.bits());
    }

    @Override
    public List<InstructionSet> instructionSets() {
        Support support = probe();
        return support.supported() ? List.of(new InstructionSet(support.detail(), Optional.empty())) : List.of();
    }

    @Override
    public Kernels open() {
        Support support = probe();
        if (!support.supported()) {
            throw new KernelLoadException(NAME + ": " + support.detail());
        }
        return Linked.kernels();
    }

    @Override
    public Kernels open(String isa) {
        Support support = probe();
        if (support.supported() && !support.detail().equals(isa)) {
            throw new KernelLoadException(NAME + ": no instruction set '" + isa + "', only " + support.detail()
                    + "; start Java with -D" + WIDTH_PROPERTY + "=128, 256 or 512");
        }
        return open();
    }

    /** What links the Vector API, in a class of its own so that loading the provider does not. */
    private static final class Linked {
        static int bits() {
            return VectorSpeciesChoice.BITS;
        }

        static Kernels kernels() {
            return new VectorKernels();
        }
    }
}
