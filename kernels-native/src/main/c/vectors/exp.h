/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_VECTORS_EXP_H
#define DENDRA_VECTORS_EXP_H

/*
 * exp(x) lane by lane for x <= 0, which is all that a soft-max from its maximum and a logistic function of -|x| ask for:
 * within 1.21 ulp (every float tried), and 1 for 0; where the result would be denormal, below x = ln(2^-126), it is 0; NaN stays NaN.
 *
 * x = n ln 2 + r with ln 2 in two parts (Cody and Waite 1980), a minimax polynomial of degree 6 for exp(r) on
 * |r| <= ln 2 / 2 (Remez, relative error 2.6e-9 before rounding), then a product with 2^n.
 */
static inline v_floats v_exp(v_floats x) {
    /* Adding it rounds to an integer n and leaves n + 127 in the low bits: shifted, the exponent of 2^n. */
    const v_floats rounder = v_splat(0x1.8p23f + 127);
    v_floats shifted = v_fma(x, v_splat(0x1.715476p0f), rounder);
    v_floats n = v_sub(shifted, rounder);
    v_floats r = v_fnma(n, v_splat(0x1.62e43p-1f), x);
    r = v_fnma(n, v_splat(-1.9046542e-9f), r);
    v_floats p = v_fma(r, v_splat(0.0014061421f), v_splat(0.008379059f));
    p = v_fma(p, r, v_splat(0.04166477f));
    p = v_fma(p, r, v_splat(0.16666365f));
    p = v_fma(p, r, v_splat(0.50000006f));
    p = v_fma(p, r, v_splat(1));
    p = v_fma(p, r, v_splat(1));
    v_floats power = v_from_bits(v_shift_left(v_bits(shifted), 23));
    return v_zero_where(v_less(x, v_splat(-87.33654f)), v_mul(p, power));
}

#endif
