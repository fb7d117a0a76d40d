// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/** A family of kernels that may or may not run here; found through {@link java.util.ServiceLoader}. */
public interface KernelProvider {

    /** {@code reference}, {@code vector} or {@code native}: the word of {@code --kernels}. */
    String name();

    /** Order of automatic choice: the highest supported one wins. */
    int priority();

    /** Whether these kernels can run on this machine, and if not, why. Never throws. */
    Support probe();

    /**
     * The kernels.
     *
     * @throws KernelLoadException if they cannot be had after all
     */
    Kernels open();

    /**
     * What a probe found.
     *
     * @param supported whether {@link #open()} is worth calling
     * @param detail the instruction set that would run, or the reason why none does
     */
    record Support(boolean supported, String detail) {
        /** These kernels run; {@code detail} says on what. */
        public static Support yes(String detail) {
            return new Support(true, detail);
        }

        /** These kernels do not run; {@code reason} says why. */
        public static Support no(String reason) {
            return new Support(false, reason);
        }
    }
}
