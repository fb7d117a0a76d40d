// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Half precision to single, in vectors. Exponent and mantissa are moved into place and the exponent's bias is made up
 * for by a multiplication, which gets subnormal numbers right as well. Infinities and NaN are not: weights have none.
 */
final class HalfFloats {
    /** 2 to the power of the difference of the exponent biases, 127 - 15. */
    static final float REBIAS = 0x1p112f;

    /** From the sign's place in single precision, how far exponent and mantissa have to move. */
    static final int EXPONENT_SHIFT = 3;

    /** Sign, exponent and mantissa once they are in place. */
    static final int PLACED = 0x8fffe000;

    private HalfFloats() {}

    /** The number in the low half of each lane. */
    static FloatVector low(IntVector pairs) {
        return high(pairs.lanewise(VectorOperators.LSHL, 16));
    }

    /** The number in the high half of each lane. */
    static FloatVector high(IntVector pairs) {
        return pairs.lanewise(VectorOperators.ASHR, EXPONENT_SHIFT)
                .and(PLACED)
                .reinterpretAsFloats()
                .mul(REBIAS);
    }
}
