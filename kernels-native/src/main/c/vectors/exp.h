/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_VECTORS_EXP_H
#define DENDRA_VECTORS_EXP_H

/*
 * exp(x) of up to 8 registers, in place and lane by lane, for x <= 0, which is all that a soft-max from its maximum and a
 * logistic function of -|x| ask for: within 1.21 ulp where that is a normal number (every float tried), and 1 for 0;
 * rounded once more where it is denormal, and 0 from x = -87.7 down; NaN stays NaN.
 *
 * x = n ln 2 + r with ln 2 in two parts (Cody and Waite 1980), a minimax polynomial of degree 6 for exp(r) on
 * |r| <= ln 2 / 2 (Remez, relative error 2.6e-9 before rounding), then a product with 2^n. Registers go side by side, since
 * one alone would mostly wait.
 */
ALWAYS_INLINE void v_exp_each(int count, v_floats *x) {
    /* Adding it rounds to an integer n and leaves n + 127 in the low bits: shifted, the exponent of 2^n. */
    const v_floats rounder = v_splat(0x1.8p23f + 127);
    const v_floats coefficients[6] = {v_splat(0.008379059f), v_splat(0.04166477f), v_splat(0.16666365f),
                                      v_splat(0.50000006f),  v_splat(1),           v_splat(1)};
    v_floats shifted[8], r[8], p[8];
    UNROLLED
    for (int i = 0; i < count; i++) {
        /* Here n = -127, whose power of two comes out as 0. NaN passes. */
        x[i] = v_larger(v_splat(-88), x[i]);
        shifted[i] = v_fma(x[i], v_splat(0x1.715476p0f), rounder);
    }
    UNROLLED
    for (int i = 0; i < count; i++) {
        v_floats n = v_sub(shifted[i], rounder);
        r[i] = v_fnma(n, v_splat(0x1.62e43p-1f), x[i]);
        r[i] = v_fnma(n, v_splat(-1.9046542e-9f), r[i]);
        p[i] = v_splat(0.0014061421f);
    }
    UNROLLED
    for (int degree = 0; degree < 6; degree++) {
        UNROLLED
        for (int i = 0; i < count; i++) {
            p[i] = v_fma(p[i], r[i], coefficients[degree]);
        }
    }
    UNROLLED
    for (int i = 0; i < count; i++) {
        x[i] = v_mul(p[i], v_from_bits(v_shift_left(v_bits(shifted[i]), 23)));
    }
}

static inline v_floats v_exp(v_floats x) {
    v_exp_each(1, &x);
    return x;
}

#endif
