// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.reference.ReferenceKernels;
import java.lang.foreign.Arena;

/** What each part of the contract works with. */
interface KernelsUnderTest {

    /** Kernels to compare with; they write every operation as its definition. */
    Kernels REFERENCE = new ReferenceKernels();

    /** Unit roundoff of single precision. */
    double UNIT_ROUNDOFF = 0x1p-24;

    /** The kernels that have to keep the contract. */
    Kernels kernels();

    /** Scratch of exactly the size asked for, with canaries. */
    default Guarded scratch(Arena arena) {
        return Guarded.canaries(arena, kernels().scratchBytes());
    }
}
