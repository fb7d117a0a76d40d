// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.reference.ReferenceKernels;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;

/** What each part of the contract works with. */
interface KernelsUnderTest {

    /** Kernels to compare with; they write every operation as its definition. */
    Kernels REFERENCE = new ReferenceKernels();

    /** Unit roundoff of single precision. */
    double UNIT_ROUNDOFF = 0x1p-24;

    /** The kernels that have to keep the contract. */
    Kernels kernels();

    /** Integer precisions that the kernels take. */
    default List<ActivationPrecision> integerPrecisions() {
        return Stream.of(ActivationPrecision.I8, ActivationPrecision.I16)
                .filter(kernels().activationPrecisions()::contains)
                .toList();
    }

    /** All roundings to integers that the kernels take. */
    default List<Rounding> roundings() {
        return integerPrecisions().stream()
                .flatMap(precision ->
                        Stream.of(new Rounding(precision, QuantizedMatrix.GROUP), new Rounding(precision, 0)))
                .toList();
    }

    /** Scratch of exactly the size asked for, with canaries. */
    default Guarded scratch(Arena arena) {
        return Guarded.canaries(arena, kernels().scratchBytes());
    }
}
