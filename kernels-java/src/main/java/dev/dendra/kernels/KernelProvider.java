// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.List;
import java.util.Optional;

/** A family of kernels that may or may not run here; found through {@link java.util.ServiceLoader}. */
public interface KernelProvider {

    /** {@code reference}, {@code vector} or {@code native}: the word of {@code --kernels}. */
    String name();

    /** Order of automatic choice: the highest supported one wins. */
    int priority();

    /** Whether these kernels can run on this machine, and if not, why. Never throws. */
    Support probe();

    /**
     * The instruction sets that these kernels are written for, best first, with the reason for each one that does not
     * run here. Never throws; empty where the kernels cannot even be asked.
     */
    List<InstructionSet> instructionSets();

    /**
     * The kernels, on the best instruction set.
     *
     * @throws KernelLoadException if they cannot be had after all
     */
    Kernels open();

    /**
     * The kernels on one of {@link #instructionSets()}.
     *
     * @throws KernelLoadException if that one is unknown or does not run here
     */
    Kernels open(String isa);

    /**
     * What a probe found.
     *
     * @param supported whether {@link #open()} is worth calling
     * @param preferred whether these kernels may be chosen when nobody asked for them
     * @param detail the instruction set that would run, or the reason why none does or should
     */
    record Support(boolean supported, boolean preferred, String detail) {
        /** These kernels run; {@code detail} says on what. */
        public static Support yes(String detail) {
            return new Support(true, true, detail);
        }

        /** These kernels run, but others are better here, for that reason. */
        public static Support onlyOnRequest(String reason) {
            return new Support(true, false, reason);
        }

        /** These kernels do not run; {@code reason} says why. */
        public static Support no(String reason) {
            return new Support(false, false, reason);
        }
    }

    /**
     * An instruction set and whether it can be used.
     *
     * @param id as {@link KernelInfo#isa()} names it
     * @param reason why it does not run here; empty where it does
     */
    record InstructionSet(String id, Optional<String> reason) {
        /** Whether it runs here. */
        public boolean runs() {
            return reason.isEmpty();
        }
    }
}
