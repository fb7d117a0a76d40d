// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Takes single codes out of the 32-bit lanes of a line, as floats. */
final class Codes {
    private static final int BF16_ODD = 0xffff0000;

    private Codes() {}

    /** The four bits from bit {@code shift}. */
    static FloatVector nibble(IntVector lanes, int shift) {
        IntVector shifted = shift == 0 ? lanes : lanes.lanewise(VectorOperators.LSHR, shift);
        IntVector code = shift == 28 ? shifted : shifted.and(0xf);
        return (FloatVector) code.convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /** Byte {@code index} of each lane, sign extended. */
    static FloatVector signedByte(IntVector lanes, int index) {
        IntVector top = index == 3 ? lanes : lanes.lanewise(VectorOperators.LSHL, 24 - 8 * index);
        return (FloatVector) top.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /** The bfloat16 in the low half of each lane. */
    static FloatVector bf16Even(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** The bfloat16 in the high half of each lane. */
    static FloatVector bf16Odd(IntVector pairs) {
        return pairs.and(BF16_ODD).reinterpretAsFloats();
    }
}
