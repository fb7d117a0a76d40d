// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import static dev.dendra.kernels.vector.VectorSpeciesChoice.FLOATS;
import static dev.dendra.kernels.vector.VectorSpeciesChoice.INTS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The exponential of arguments up to 0, which is all that a soft-max from its maximum and a logistic function of
 * {@code -|x|} ask for. Good to 2 ulp; results below {@link Float#MIN_NORMAL} become 0; NaN stays NaN. The vector form
 * and the scalar form give the same bits.
 *
 * <p>Method: {@code x = n ln 2 + r} with {@code ln 2} in two parts (Cody and Waite 1980), a minimax polynomial of degree
 * 6 for {@code exp(r)} on {@code |r| <= ln 2 / 2} (Remez, relative error 2.6e-9 before rounding), then a scaling by
 * {@code 2^n} through the exponent bits.
 */
final class VectorExp {
    /** Below this, {@code ln(2^-126)}, the result would be denormal. */
    private static final float SMALLEST_ARGUMENT = -87.33654f;

    private static final float LOG2_E = 1.442695f;
    private static final float LN2_HIGH = 0x1.62e43p-1f;
    private static final float LN2_LOW = -1.9046542e-9f;

    /** 1.5 * 2^23: adding it rounds to an integer, ties to even, and leaves that integer in the low bits. */
    private static final float ROUNDER = 0x1.8p23f;

    private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
    private static final int EXPONENT_BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    private static final float C1 = 1f;
    private static final float C2 = 0.50000006f;
    private static final float C3 = 0.16666365f;
    private static final float C4 = 0.04166477f;
    private static final float C5 = 0.008379059f;
    private static final float C6 = 0.0014061421f;

    private VectorExp() {}

    /**
     * {@code exp(x)} lane by lane, for {@code x <= 0}. For registers of the chosen width alone: a species that came in as
     * an argument would be no constant where the JIT compiles this method by itself, and every step would allocate.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector shifted = x.fma(FloatVector.broadcast(FLOATS, LOG2_E), FloatVector.broadcast(FLOATS, ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(FLOATS, C6), FloatVector.broadcast(FLOATS, C5));
        p = p.fma(r, FloatVector.broadcast(FLOATS, C4));
        p = p.fma(r, FloatVector.broadcast(FLOATS, C3));
        p = p.fma(r, FloatVector.broadcast(FLOATS, C2));
        p = p.fma(r, FloatVector.broadcast(FLOATS, C1));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1));
        FloatVector power = shifted.reinterpretAsInts()
                .add(IntVector.broadcast(INTS, EXPONENT_BIAS - ROUNDER_BITS))
                .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                .reinterpretAsFloats();
        VectorMask<Float> vanishing = x.compare(VectorOperators.LT, SMALLEST_ARGUMENT);
        return p.mul(power).blend(0f, vanishing);
    }

    /** {@code exp(x)} for {@code x <= 0}. */
    static float exp(float x) {
        if (x < SMALLEST_ARGUMENT) {
            return 0;
        }
        float shifted = Math.fma(x, LOG2_E, ROUNDER);
        float n = shifted - ROUNDER;
        float r = Math.fma(n, -LN2_HIGH, x);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(r, C6, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, C1);
        p = Math.fma(p, r, 1);
        int exponent = Float.floatToRawIntBits(shifted) - ROUNDER_BITS + EXPONENT_BIAS;
        return p * Float.intBitsToFloat(exponent << MANTISSA_BITS);
    }
}
