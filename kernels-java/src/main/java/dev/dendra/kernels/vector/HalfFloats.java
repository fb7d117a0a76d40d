// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.HALF_SHORTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Half precision to single, in vectors. Exponent and mantissa are moved into place and the exponent's bias is made up
 * for by a multiplication, which gets subnormal numbers right as well. Infinities and NaN are not: weights have none.
 */
final class HalfFloats {
    /** 2 to the power of the difference of the exponent biases, 127 - 15. */
    static final float REBIAS = 0x1p112f;

    static final int MAGNITUDE = 0x7fff;
    static final int SIGN = 0x8000;
    static final int SINGLE_SIGN = 0x80000000;
    static final int MANTISSA_SHIFT = 13;

    private HalfFloats() {}

    /** The number in the low half of each lane. */
    static FloatVector low(IntVector pairs) {
        IntVector sign = pairs.and(SIGN).lanewise(VectorOperators.LSHL, 16);
        FloatVector magnitude = pairs.and(MAGNITUDE)
                .lanewise(VectorOperators.LSHL, MANTISSA_SHIFT)
                .reinterpretAsFloats()
                .mul(REBIAS);
        return magnitude.reinterpretAsInts().or(sign).reinterpretAsFloats();
    }

    /** The number in the high half of each lane. */
    static FloatVector high(IntVector pairs) {
        IntVector sign = pairs.and(SINGLE_SIGN);
        FloatVector magnitude = pairs.lanewise(VectorOperators.LSHR, 16 - MANTISSA_SHIFT)
                .and(MAGNITUDE << MANTISSA_SHIFT)
                .reinterpretAsFloats()
                .mul(REBIAS);
        return magnitude.reinterpretAsInts().or(sign).reinterpretAsFloats();
    }

    /** As many consecutive half floats as a vector has lanes, from {@code offset} bytes. */
    static FloatVector load(MemorySegment segment, long offset) {
        ShortVector halves = ShortVector.fromMemorySegment(HALF_SHORTS, segment, offset, ORDER);
        return low((IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0));
    }
}
