/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_VECTORS_BFLOAT16_H
#define DENDRA_VECTORS_BFLOAT16_H

/* To nearest, ties to even; a NaN stays one. In integers, since the instruction that does it takes denormals for zero. */
static inline v_ints bf16_of(v_floats x) {
    v_ints bits = v_bits(x);
    v_ints high = v_shift_right(bits, 16);
    v_ints tie = v_and(high, v_splat_int(1));
    v_ints rounded = v_shift_right(v_add_ints(v_add_ints(bits, v_splat_int(0x7fff)), tie), 16);
    return v_where_ints(v_is_nan(x), v_or(high, v_splat_int(0x40)), rounded);
}

#endif
